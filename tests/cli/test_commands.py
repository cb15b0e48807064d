"""The commands that ask a running emulator, and the one that explains errcodes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.cli.main import main
from emulator.core.version import version
from emulator.testing.client import Client
from emulator.testing.emulator import Emulator
from emulator.wechat import errors
from tests.process import COMMAND, EVERY_ADDRESS, clean_environment, run, serving

NOBODY = "http://127.0.0.1:1"


def invoke(*args: str, **variables: str) -> Result:
    """The command in this process."""
    environment: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith("WECHAT_EMULATOR_")
    }
    return CliRunner().invoke(main, args, env={**environment, **variables})


def asked(emulator: Emulator, *args: str) -> Result:
    """The command, asking this test's emulator; it has to succeed."""
    result = invoke(*args, WECHAT_EMULATOR_URL=emulator.url)
    assert result.exit_code == 0, result.stderr
    return result


def test_login_prints_the_code_alone(wechat_emulator: Emulator) -> None:
    code = asked(wechat_emulator, "login").stdout
    assert len(code) == 33
    assert code.endswith("\n")


def test_login_takes_the_fields_of_wx_login(wechat_emulator: Emulator) -> None:
    flags = ["--user", "bob", "--code", "written-down", "--age", "5m1s", "--expires-in", "10m"]
    assert asked(wechat_emulator, "login", *flags).stdout == "written-down\n"


def test_login_can_mint_a_code_that_has_ended(wechat_emulator: Emulator) -> None:
    asked(wechat_emulator, "login", "--appid", "wx0123456789abcdef", "--age", "301s")


def test_the_url_flag_beats_the_variable(wechat_emulator: Emulator) -> None:
    result = invoke("login", "--url", wechat_emulator.url, WECHAT_EMULATOR_URL=NOBODY)
    assert result.exit_code == 0, result.stderr


def test_a_refusal_of_the_emulator_is_one_line(wechat_emulator: Emulator) -> None:
    result = invoke("login", "--age", "soon", WECHAT_EMULATOR_URL=wechat_emulator.url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "wechat-emulator: age: expected a duration such as 90s, 5m1s, 1500ms, 1h or 2d "
        "(a bare number is seconds), got 'soon'\n"
    )


def test_codes_prints_a_code_a_line(wechat_emulator: Emulator) -> None:
    codes = asked(wechat_emulator, "codes", "--count", "5").stdout.split()
    assert len(set(codes)) == 5


def test_codes_can_say_whose_they_are(wechat_emulator: Emulator) -> None:
    flags = ["--count", "3", "--user", "小艾", "--user", "bob", "--json"]
    lines = asked(wechat_emulator, "codes", *flags).stdout.splitlines()
    assert [json.loads(line)["user"] for line in lines] == ["小艾", "bob", "小艾"]


def test_codes_can_go_to_a_file(wechat_emulator: Emulator, tmp_path: Path) -> None:
    result = asked(wechat_emulator, "codes", "--count", "7", "--out", str(tmp_path / "codes"))
    assert (result.stdout, result.stderr) == ("", "")
    assert len((tmp_path / "codes").read_text().splitlines()) == 7


def test_codes_replaces_earlier_codes_and_nothing_else(
    wechat_emulator: Emulator, tmp_path: Path
) -> None:
    out = tmp_path / "codes"
    for flags in (["--count", "3", "--json"], ["--count", "2"], ["--count", "1"]):
        assert asked(wechat_emulator, "codes", *flags, "--out", str(out)).exit_code == 0
    assert len(out.read_text().splitlines()) == 1
    out.write_text("version: 1\n")
    flags = ["--count", "1", "--out", str(out)]
    result = invoke("codes", *flags, WECHAT_EMULATOR_URL=wechat_emulator.url)
    assert (result.exit_code, result.stderr) == (
        2,
        f"wechat-emulator: --out: cannot write {out}: "
        "what it holds is not ours to replace; delete it, or choose another place\n",
    )
    assert out.read_text() == "version: 1\n"


def test_codes_that_do_not_come_leave_the_earlier_ones(tmp_path: Path) -> None:
    earlier = "0" * 32 + "\n"
    (tmp_path / "codes").write_text(earlier)
    flags = ["--count", "1", "--out", str(tmp_path / "codes")]
    assert invoke("codes", *flags, WECHAT_EMULATOR_URL=NOBODY).exit_code == 1
    assert [path.read_text() for path in tmp_path.iterdir()] == [earlier]


def test_codes_shows_a_bar_to_a_person_only(wechat_emulator: Emulator, tmp_path: Path) -> None:
    terminal, stderr = pty.openpty()
    args = ("codes", "--count", "20", "--out", str(tmp_path / "codes"))
    environment = clean_environment({"WECHAT_EMULATOR_URL": wechat_emulator.url, "TERM": "xterm"})
    subprocess.run([*COMMAND, *args], env=environment, stderr=stderr, check=True, timeout=20)
    os.close(stderr)
    assert b"100%" in os.read(terminal, 1 << 16)
    os.close(terminal)


def test_health_is_0_and_says_where(wechat_emulator: Emulator) -> None:
    assert asked(wechat_emulator, "health").stdout == f"{wechat_emulator.url} is ready\n"


def test_health_is_1_when_nothing_answers() -> None:
    result = invoke("health", "--url", NOBODY)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"wechat-emulator: no emulator answers at {NOBODY} (Connection refused); "
        "start one with: wechat-emulator\n"
    )


@pytest.mark.parametrize("host", [EVERY_ADDRESS, "::", "::1", "127.0.0.1"])
def test_health_follows_the_settings_of_the_server(host: str, tmp_path: Path) -> None:
    settings = {
        "WECHAT_EMULATOR_HOST": host,
        "WECHAT_EMULATOR_PORT_FILE": str(tmp_path / "port"),
        "WECHAT_EMULATOR_CONTROL_TOKEN": "sesame",
    }
    with serving(WECHAT_EMULATOR_PORT="0", **settings) as process:
        assert invoke("health", **settings).stdout == f"{process.url} is ready\n"
        assert invoke("login", **settings).exit_code == 0
        by_number = settings | {"WECHAT_EMULATOR_PORT": str(process.port)}
        del by_number["WECHAT_EMULATOR_PORT_FILE"]
        assert invoke("health", **by_number).stdout == f"{process.url} is ready\n"


def test_health_with_an_unknown_port_says_what_to_set() -> None:
    result = invoke("health", WECHAT_EMULATOR_PORT="0")
    assert result.exit_code == 2
    assert result.stderr == (
        "wechat-emulator: WECHAT_EMULATOR_PORT is 0, so nobody knows the port: "
        "set WECHAT_EMULATOR_PORT_FILE too, or give --url\n"
    )


def test_health_before_the_port_is_written_is_1(tmp_path: Path) -> None:
    result = invoke("health", WECHAT_EMULATOR_PORT_FILE=str(tmp_path / "port"))
    assert result.exit_code == 1
    assert result.stderr == (
        f"wechat-emulator: no emulator has written its port to {tmp_path / 'port'} yet "
        "(No such file or directory)\n"
    )


def test_wait_comes_back_when_the_emulator_is_ready(tmp_path: Path) -> None:
    settings = {"WECHAT_EMULATOR_PORT_FILE": str(tmp_path / "port")}
    waiting = subprocess.Popen(
        [*COMMAND, "wait"], env=clean_environment(settings), stdout=subprocess.PIPE, text=True
    )
    with waiting, serving(**settings) as process:
        out, _ = waiting.communicate(timeout=20)
    assert (waiting.returncode, out) == (0, f"{process.url} is ready\n")


def test_wait_says_why_it_gave_up() -> None:
    result = invoke("wait", "--url", NOBODY, "--timeout", "10ms")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"wechat-emulator: not ready after 10ms: no emulator answers at {NOBODY} "
        "(Connection refused); start one with: wechat-emulator\n"
    )


@pytest.mark.parametrize("code", sorted(errors.TABLE))
def test_errors_explains_every_errcode(code: int) -> None:
    row = errors.TABLE[code]
    lines = invoke("errors", str(code)).stdout.splitlines()
    assert lines[0] == f"errcode {code}"
    for text in (row.text, row.on_token_apis, row.meaning, row.mend, row.evidence, row.source):
        assert not text or any(line.endswith(f" {text}") for line in lines)


def test_errors_lists_the_table() -> None:
    lines = invoke("errors").stdout.splitlines()
    assert [int(line.split()[0]) for line in lines] == list(errors.TABLE)
    assert " 40163  code been used" in lines


def test_a_reader_who_has_enough_brings_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [*COMMAND, "errors"]
    done = subprocess.run(
        command, env=clean_environment(), stdout=writing, stderr=subprocess.PIPE, timeout=20
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_ctrl_c_ends_a_command_without_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [*COMMAND, "wait", "--url", url]
        with subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE) as waiting:
            connection, _ = silent.accept()  # now it waits for an answer
            with connection:
                waiting.send_signal(signal.SIGINT)
                _, err = waiting.communicate(timeout=20)
    assert (waiting.returncode, err.strip()) == (130, b"")


def test_help_and_version_work_without_a_server() -> None:
    assert invoke("--version").stdout == f"wechat-emulator {version()}\n"
    assert "serve" in invoke("--help").stdout
    assert run("--help").stdout.startswith("Usage: wechat-emulator ")


@pytest.mark.parametrize("args", [("help",), ("-h",)])
def test_help_is_understood_however_it_is_asked_for(args: tuple[str, ...]) -> None:
    assert invoke(*args).stdout == invoke("--help").stdout
    assert invoke(*args).exit_code == 0


@pytest.mark.parametrize("args", [("help", "login"), ("login", "-h")])
def test_help_on_a_command_is_understood(args: tuple[str, ...]) -> None:
    assert "Print a fresh login code" in invoke(*args).stdout


def test_the_shipped_scenarios_are_listed() -> None:
    lines = invoke("shipped").stdout.splitlines()
    assert any(re.fullmatch(r"slow +WeChat is slow", line) for line in lines)
    assert len(lines) > 30


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("slwo", "shipped are slow and others: `wechat-emulator shipped` lists all"),
        ("token", "shipped are token-quota, token-killed, token-expired, token-never-heals and"),
        ("zzz", "none is called like it: `wechat-emulator shipped` lists all"),
    ],
)
def test_a_mistyped_scenario_lists_near_ones(name: str, told: str) -> None:
    result = invoke("validate", name)
    assert result.exit_code == 2
    assert told in result.stdout


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("wechat-emulator lo", ["login"]),
        ("wechat-emulator --journal-", ["--journal-entries", "--journal-bytes"]),
        ("wechat-emulator login --us", ["--user"]),
    ],
)
def test_a_shell_can_complete_commands_and_flags(line: str, offered: list[str]) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = run(_WECHAT_EMULATOR_COMPLETE="bash_complete", **words)
    assert [found.partition(",")[2] for found in done.stdout.split()] == offered


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["lgoin"], "no command 'lgoin'; did you mean 'login'?"
         " (a scenario of that name: wechat-emulator serve lgoin)"),
        (["--port", "http"], "--port: expected a whole number from 0 to 65535, got 'http'"),
        (["--port", "65536"], "--port: expected a whole number from 0 to 65535, got '65536'"),
        (["--port", "1", "--port", "-1"],
         "--port: expected a whole number from 0 to 65535, got '-1'"),
        (["--host", ""], "--host: expected some text, got ''"),
        (["--max-worlds", "0"], "--max-worlds: expected a whole number of at least 1, got '0'"),
        (["--log", "xml"], "--log: expected json or off or text, got 'xml'"),
        (["errors", "40162"],
         "errcode 40162 is not in the table, which `wechat-emulator errors` lists; "
         f"WeChat's own list is {errors.CODE_LIST}"),
        (["errors", "99999"], "errcode 99999 is not in the table, which `wechat-emulator errors` "
         f"lists; WeChat's own list is {errors.CODE_LIST}"),
        (["codes", "--count", "-5"], "--count: expected a whole number of at least 1, got '-5'"),
        (["codes", "--count", "x"], "--count: expected a whole number of at least 1, got 'x'"),
        (["errors", "40_163"], "expected an errcode such as 40163 or -1, got '40_163'"),
        (["errors", "４０１６３"], "expected an errcode such as 40163 or -1, got '４０１６３'"),
        (["errors", "used"], "expected an errcode such as 40163 or -1, got 'used'"),
        (["errors", "--all"], "expected an errcode such as 40163 or -1, got '--all'"),
        (["health", "--url", "localhost:8480"], "--url (WECHAT_EMULATOR_URL): "
         "expected a URL such as http://127.0.0.1:8480, got 'localhost:8480'"),
        (["health", "--url", "http://localhost:99999"], "--url (WECHAT_EMULATOR_URL): "
         "expected a URL such as http://127.0.0.1:8480, got 'http://localhost:99999'"),
        (["wait", "--timeout", "soon"], "--timeout: expected a duration such as 90s, 5m1s, 1500ms, "
         "1h or 2d (a bare number is seconds), got 'soon'"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_on_stderr(args: list[str], message: str) -> None:
    result = invoke(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"wechat-emulator: {message}\n"


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--queit"], ["--queit", "--quiet"]),
        (["login", "--ag", "1s"], ["--ag", "--age"]),
        (["--port"], ["--port"]),
        (["a.yaml", "b.yaml"], ["b.yaml"]),
        (["codes"], ["--count"]),
        (["codes", "--count", "0"], ["--count", "0", "1"]),
        (["codes", "--count", "1_000"], ["--count", "number", "1_000"]),
        (["codes", "--count", "１２"], ["--count", "number", "１２"]),
        (["codes", "--count", "1", "--out", "/missing/codes"], ["--out", "/missing/codes"]),
    ],
)
def test_a_mistake_that_click_words_names_what_is_meant(args: list[str], named: list[str]) -> None:
    result = invoke(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("wechat-emulator: ")
    assert result.stderr.count("\n") == 1
    assert set(named) <= set(re.findall(r"[\w./-]*\w", result.stderr))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "8480,http", "a whole number from 0 to 65535, got 'http'"),
        ("QUIET", "perhaps", "true or false, got 'perhaps'"),
        ("JOURNAL_BYTES", "-1", "a whole number of at least 0, got '-1'"),
    ],
)
def test_a_bad_variable_is_named(name: str, value: str, expected: str) -> None:
    result = invoke(**{f"WECHAT_EMULATOR_{name}": value})
    assert result.exit_code == 2
    assert result.stderr == f"wechat-emulator: WECHAT_EMULATOR_{name}: expected {expected}\n"


def test_a_file_may_be_called_almost_like_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code").write_text("version: 1\n")
    monkeypatch.chdir(tmp_path)
    assert "did you mean" not in invoke("code", "--log", "xml").stderr
    (tmp_path / "code").unlink()
    assert "did you mean 'codes'?" in invoke("code", "--log", "xml").stderr


def test_no_command_is_a_flags_value() -> None:
    """`--port-file login` names a file, it does not log in."""
    assert "--log: expected" in invoke("--port-file", "login", "--log", "xml").stderr
    refused = invoke("--url", NOBODY, "login", "--log", "xml")
    assert refused.exit_code == 2
    assert "--log: expected" not in refused.stderr


def test_nobody_is_asked_through_a_proxy(
    wechat_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, NOBODY)
    assert Client(wechat_emulator.url).ready() == "ready"


def test_authorize_prints_where_the_login_leads(wechat_emulator: Emulator) -> None:
    flags = ("--redirect-uri", "https://site.example/back", "--state", "s")
    printed = asked(wechat_emulator, "authorize", *flags).stdout
    assert re.fullmatch(r"https://site\.example/back\?code=0\w{31}&state=s\n", printed)
    assert re.fullmatch(r"0\w{31}\n", asked(wechat_emulator, "authorize").stdout)
    refused = invoke("authorize", "--redirect-uri", "x", "--url", wechat_emulator.url)
    assert "redirect_uri" in refused.stderr


def test_a_test_authorizes_as_the_command_does(wechat_emulator: Emulator) -> None:
    got = wechat_emulator.authorize("bob", redirect_uri="https://h/")
    assert got["location"] == f"https://h/?code={got['code']}&state="
