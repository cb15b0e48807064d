"""`exec`: programs that hard-code https://api.weixin.qq.com log in here, unmodified."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.cli.commands.exec import ADVICE, NO_CALL, SOME_CALLS
from tests.reach.support import (
    EMULATOR,
    LOGIN_URL,
    PROGRAMS,
    clean,
    need,
    need_namespaces,
    run,
)
from tests.support import jscode2session

PYTHON = sys.executable
Commands = dict[str, list[str | Path]]
BY_PROXY: Commands = {
    "requests": [PYTHON, PROGRAMS / "with_requests.py", LOGIN_URL],
    "httpx": [PYTHON, PROGRAMS / "with_httpx.py", LOGIN_URL],
    "urllib": [PYTHON, PROGRAMS / "with_urllib.py", LOGIN_URL],
    "aiohttp": [PYTHON, PROGRAMS / "with_aiohttp.py", LOGIN_URL, "--trust-env"],
    "curl": ["curl", "-sS", LOGIN_URL],
    "curl to port 80": ["curl", "-sS", LOGIN_URL.replace("https:", "http:")],
    "node with a proxy agent": ["node", PROGRAMS / "with_agent.mjs", LOGIN_URL],
    "node with an old axios": ["node", PROGRAMS / "with_old_axios.mjs", LOGIN_URL],
    "java": ["java", PROGRAMS / "WithHttpClient.java", LOGIN_URL],
}
BY_NAME: Commands = {
    "aiohttp": [PYTHON, PROGRAMS / "with_aiohttp.py", LOGIN_URL],
    "node's fetch": ["node", PROGRAMS / "with_fetch.mjs", LOGIN_URL],
    "curl to port 80": ["curl", "-sS", LOGIN_URL.replace("https:", "http:")],
}


def execute(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return run(*EMULATOR, "exec", *arguments, env=clean(**more))


@pytest.mark.parametrize("client", BY_PROXY)
def test_it_logs_in_by_the_proxy(client: str) -> None:
    need(str(BY_PROXY[client][0]))
    done = execute("--strict", "--", *BY_PROXY[client])
    assert done.returncode == 0, done.stderr
    assert '"openid":"o' in done.stdout


@pytest.mark.parametrize("client", BY_NAME)
def test_it_logs_in_by_the_real_name(client: str) -> None:
    need(str(BY_NAME[client][0]))
    need_namespaces()
    done = execute("--hosts", "--strict", "--", *BY_NAME[client])
    assert done.returncode == 0, done.stderr
    assert '"openid":"o' in done.stdout


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["true"], 0),
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "kill -TERM $$"], 128 + 15),
        (["sh", "-c", "kill -KILL $$"], 128 + 9),
        (["no-such-command"], 127),
        ([os.devnull], 126),
    ],
)
def test_the_exit_code_is_the_commands(command: list[str], code: int) -> None:
    expect_code(code, "--", *command)


@pytest.mark.parametrize(
    ("command", "code"),
    [(["sh", "-c", "exit 7"], 7), (["no-such-command"], 127), ([os.devnull], 126)],
)
def test_with_hosts_it_is_the_same(command: list[str], code: int) -> None:
    need_namespaces()
    expect_code(code, "--hosts", "--", *command)


def expect_code(code: int, *arguments: str) -> None:
    done = execute(*arguments)
    assert done.returncode == code, done.stderr
    said = done.stderr.replace(f"wechat-emulator: {NO_CALL}\n", "")
    assert said.count("\n") == (code in (126, 127)), "one line, if it cannot run"


@pytest.mark.parametrize("code", [0, 7])
def test_a_command_without_a_call_hears_of_clients_that_ignore_proxies(code: int) -> None:
    done = execute("--", "sh", "-c", f"exit {code}")
    assert (done.returncode, done.stderr) == (code, f"wechat-emulator: {NO_CALL}\n")
    assert NO_CALL in execute("--strict", "--", "sh", "-c", f"exit {code}").stderr


BY_BASE_URL = (
    f"curl -sS --noproxy '*' \"$WECHAT_API_BASE_URL{jscode2session(js_code='emu.alice')}\""
)


def test_a_command_that_failed_though_calls_came_hears_of_others() -> None:
    need("curl")
    done = execute("--", "sh", "-c", f"{BY_BASE_URL} && exit 7")
    assert (done.returncode, done.stderr) == (7, f"wechat-emulator: {SOME_CALLS}\n")
    assert execute("--", "sh", "-c", BY_BASE_URL).stderr == ""


def test_a_failed_node_program_that_came_by_name_hears_nothing_of_others() -> None:
    need("node")
    script = 'node "$0" "$1" && exit 7'
    done = execute("--", "sh", "-c", script, PROGRAMS / "with_fetch.mjs", LOGIN_URL)
    assert (done.returncode, done.stderr) == (7, "")


@pytest.mark.parametrize("trust", ["", "--cacert /dev/null"])
def test_whoever_used_the_proxy_hears_nothing_of_others(trust: str) -> None:
    need("curl")
    done = execute("--", "sh", "-c", f"curl -s {trust} '{LOGIN_URL}'; exit 7")
    assert done.returncode == 7
    assert ADVICE not in done.stderr


def test_the_command_gets_stdin_and_dashes_of_its_own() -> None:
    done = run(*EMULATOR, "exec", "--", "sh", "-c", 'cat; echo "$@"', "--", "--", "-1", input="in ")
    assert done.stdout == "in -- -1\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_passed_on(number: signal.Signals) -> None:
    child = (
        "import signal, sys\n"
        f"signal.signal({number.value}, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True)\n"
        "signal.pause()"
    )
    command = [*EMULATOR, "exec", "--", PYTHON, "-c", child]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait(10) == 7


def test_strict_fails_on_an_errcode_nobody_scripted() -> None:
    wrong = LOGIN_URL.replace("emu.alice", "nonsense")
    fetch: list[str | Path] = ["--", PYTHON, PROGRAMS / "with_urllib.py", wrong]
    assert execute(*fetch).returncode == 0
    done = execute("--strict", *fetch)
    assert done.returncode == 1
    assert "jscode2session 40029: you sent 'nonsense': this world never issued it" in done.stderr
    assert execute("--strict", "--expect", "40163,40029", *fetch).returncode == 0
    assert execute("--strict", "--expect", "40163", *fetch).returncode == 1


def test_strict_lists_paths_that_are_not_answered_apart() -> None:
    need("curl")
    path = "https://api.weixin.qq.com/wxa/getshowwxaitem"
    done = execute("--strict", "--", "curl", "-sS", path)
    assert done.returncode == 1
    said = (
        "--strict: calls to paths that are not answered: 1\n  /wxa/getshowwxaitem 40066: WeChat has"
    )
    assert said in done.stderr
    assert "errcodes that nobody" not in done.stderr


def test_strict_fails_without_a_call_and_expect_needs_strict() -> None:
    done = execute("--strict", "--", PYTHON, "-c", "")
    assert (done.returncode, "--strict: no call came" in done.stderr) == (1, True)
    done = execute("--expect", "40163", "--", PYTHON, "-c", "")
    assert (done.returncode, "write both" in done.stderr) == (2, True)
    done = execute("--strict", "--expect", "used", "--", PYTHON, "-c", "")
    assert "expected errcodes such as 40163,40029, got 'used'" in done.stderr


def test_strict_keeps_quiet_about_what_was_scripted() -> None:
    scripted = LOGIN_URL.replace("emu.alice", "emu.alice.errcode-40163")
    done = execute("--strict", "--", PYTHON, PROGRAMS / "with_urllib.py", scripted)
    assert (done.returncode, "40163" in done.stdout) == (0, True), done.stderr


def test_strict_leaves_a_failed_commands_own_code() -> None:
    wrong = LOGIN_URL.replace("emu.alice", "nonsense")
    script = f"curl -sS '{wrong}'; exit 3"
    need("curl")
    assert execute("--strict", "--", "sh", "-c", script).returncode == 3


def test_another_host_is_refused_with_a_sentence() -> None:
    done = execute("--", PYTHON, PROGRAMS / "with_urllib.py", "https://example.com/")
    assert "put example.com into NO_PROXY" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "expected -- and a command"),
        (["npm", "test"], "wechat-emulator exec [SCENARIO] -- npm test"),
        (["--"], "expected a command after --"),
        (["--strickt", "--", "true"], "--strict"),
        (["no-such.yaml", "--", "true"], "wechat-emulator: no-such.yaml: expected a file"),
    ],
)
def test_a_wrong_call_says_how_to_write_it(arguments: list[str], said: str) -> None:
    done = execute(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    done = execute(
        "--", "sh", "-c", 'echo "$SSL_CERT_FILE"; ls "$SSL_CERT_FILE"', TMPDIR=str(tmp_path)
    )
    assert done.stdout.count(str(tmp_path)) == 2
    assert list(tmp_path.iterdir()) == []


def test_it_says_which_rules_no_call_matched(tmp_path: Path) -> None:
    scenario = tmp_path / "rules.yaml"
    scenario.write_text(
        "version: 1\nrules:\n"
        "  - {name: slow, on: jscode2session, then: {delay: 1ms}}\n"
        "  - {name: no token, on: token, then: {errcode: -1}}\n"
    )
    done = execute("--strict", scenario, "--", *BY_PROXY["urllib"])
    assert done.returncode == 0, done.stderr
    assert "wechat-emulator: warning: no call matched the rules no-token\n" in done.stderr
