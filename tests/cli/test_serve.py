"""The server as a process: what it prints, where it listens, how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from http.client import HTTPConnection
from pathlib import Path

import pytest

from emulator.testing.client import Client
from tests.process import AT_ONCE, COMMAND, EVERY_ADDRESS, run, run_python, serving, started

NOT_OURS = "192.0.2.1"  # reserved for documentation: no machine has it


def test_the_ready_line_is_frozen() -> None:
    with serving() as process:
        assert process.first_line == f"wechat-emulator ready: http://127.0.0.1:{process.port}\n"


def test_it_answers_once_it_says_that_it_is_ready() -> None:
    with serving() as process:
        assert Client(process.url).ready() == "ready"


def test_the_ready_line_is_all_there_is_on_stdout() -> None:
    with serving() as process:
        Client(process.url).login()
        _, _, out, _ = process.stop()
    assert out == ""


def test_a_warning_keeps_the_logs_form() -> None:
    secret = "9f86d081884c7d659a2feaa0c55ad015"
    with serving("--log", "json") as process:
        target = "/sns/jscode2session?appid=wx0123456789abcdef&js_code=emu.alice&secret="
        get(process.port, target + secret)
        _, _, _, log = process.stop()
    lines = [json.loads(line) for line in log.splitlines()]
    assert any("looks real" in line.get("note", "") for line in lines)
    assert secret not in log


def test_calls_are_logged_on_stderr() -> None:
    with serving() as process:
        get(process.port, "/sns/jscode2session?appid=wx0123456789abcdef")
        _, _, _, err = process.stop()
    assert "GET /sns/jscode2session wx0123456789abcdef -> 41004" in err


@pytest.mark.parametrize(
    ("hosts", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        (EVERY_ADDRESS, "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("localhost", "localhost"),
        (f"{EVERY_ADDRESS} ::", "127.0.0.1"),
        ("::1,127.0.0.1", "[::1]"),
    ],
)
def test_it_listens_where_it_is_told_and_shows_a_url_that_works(hosts: str, shown: str) -> None:
    with serving(WECHAT_EMULATOR_HOST=hosts) as process:
        assert process.url == f"http://{shown}:{process.port}"
        assert Client(process.url).ready() == "ready"


def test_an_env_file_with_windows_lines_is_read() -> None:
    variables = {"PORT": "0\r", "HOST": "127.0.0.1\r", "CONTROL_TOKEN": "sesame\r", "LOG": "json\r"}
    with serving(**{f"WECHAT_EMULATOR_{name}": value for name, value in variables.items()}) as one:
        assert Client(one.url, "sesame").login()


@pytest.mark.parametrize(
    ("host", "token", "warned"),
    [("127.0.0.1", "", False), (EVERY_ADDRESS, "", True), (EVERY_ADDRESS, "sesame", False)],
)
def test_whoever_may_drive_it_from_elsewhere_is_warned_of(
    host: str, token: str, warned: bool
) -> None:
    with serving("--host", host, WECHAT_EMULATOR_CONTROL_TOKEN=token) as process:
        _, _, _, err = process.stop()
    assert err.count(f"warning: who reaches {EVERY_ADDRESS} may drive the control API") == warned


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("--tls-cert", "--tls-cert: expected a port that shows it, such as --tls-port 8481"),
        ("--tls-key", "--tls-key: expected --tls-cert beside it, got none"),
    ],
)
def test_a_certificate_that_no_port_would_show_is_refused(flag: str, text: str) -> None:
    ended = run("--port", "0", flag, "x.pem")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert text in ended.stderr


def test_both_families_share_the_free_port() -> None:
    with serving("--host", "127.0.0.1", "--host", "::1") as process:
        for host in ("127.0.0.1", "[::1]"):
            assert Client(f"http://{host}:{process.port}").ready() == "ready"


def test_several_ports_answer() -> None:
    first, second = free_port(), free_port()
    with serving("--port", str(first), "--port", str(second)) as process:
        addresses = Client(process.url).health()["addresses"]
        assert addresses == [f"http://127.0.0.1:{port}" for port in (first, second)]
        assert [Client(address).ready() for address in addresses] == ["ready", "ready"]


def test_a_port_file_holds_the_port_and_a_newline(tmp_path: Path) -> None:
    with serving("--port-file", str(tmp_path / "port")) as process:
        assert (tmp_path / "port").read_text() == f"{process.port}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["port"], "a temporary file is left"


@pytest.mark.parametrize("left", ["", "1\n", "65535\n"])
def test_what_mktemp_or_a_killed_run_left_is_replaced(left: str, tmp_path: Path) -> None:
    (tmp_path / "port").write_text(left)
    with serving("--port-file", str(tmp_path / "port")) as process:
        assert (tmp_path / "port").read_text() == f"{process.port}\n"


def test_a_start_that_fails_leaves_the_port_file_of_the_one_that_runs(tmp_path: Path) -> None:
    with serving("--port-file", str(tmp_path / "port")) as process:
        second = run("--port", str(process.port), "--port-file", str(tmp_path / "port"))
        assert second.returncode == 2
        assert "something listens there already" in second.stderr
        assert (tmp_path / "port").read_text() == f"{process.port}\n"


@pytest.mark.parametrize("content", ["version: 1\n", "8480", "8480\n\n", " 8480\n", "８４８０\n"])
def test_a_port_file_that_holds_anything_else_is_refused_before_it_listens(
    content: str, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(content)
    done = run(str(mine), "--host", NOT_OURS, "--port-file", str(mine))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"wechat-emulator: --port-file: cannot write {mine}: "
        "what it holds is not ours to replace; delete it, or choose another place\n"
    )
    assert mine.read_text() == content


def test_the_port_file_goes_when_the_server_does(tmp_path: Path) -> None:
    with serving("--port-file", str(tmp_path / "port")) as process:
        process.stop()
    assert list(tmp_path.iterdir()) == []


def test_the_port_file_of_a_later_start_stays(tmp_path: Path) -> None:
    path = str(tmp_path / "port")
    with serving("--port-file", path) as first, serving("--port-file", path) as second:
        first.stop()
        assert (tmp_path / "port").read_text() == f"{second.port}\n"


def test_a_flag_beats_its_variable() -> None:
    with serving("--port", "0", WECHAT_EMULATOR_PORT="1") as process:
        assert process.port > 1


def test_flags_may_stand_anywhere() -> None:
    with serving("--quiet", "serve", "--port", "0") as process:
        assert Client(process.url).ready() == "ready"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
@pytest.mark.parametrize("client", ["nobody", "an idle client", "a hanging call", "an upload"])
def test_a_signal_ends_it_at_once(number: signal.Signals, client: str) -> None:
    with serving() as process, connected(process.port) as connection:
        match client:
            case "an idle client":
                connection.request("GET", "/livez")
                connection.getresponse().read()
            case "a hanging call":
                connection.request("GET", "/_emulator/v1/requests/wait?timeout=60s")
            case "an upload":
                connection.putrequest("POST", "/sns/jscode2session")
                connection.putheader("Content-Length", "1000")
                connection.endheaders(b"half of it")
        settle(process.port)
        took, code, _, err = process.stop(number)
    assert (code, err) == (0, "")
    assert took < AT_ONCE


def test_a_signal_ends_it_while_codes_are_streamed() -> None:
    with serving() as process:
        codes = Client(process.url).codes(10_000_000)
        next(codes)
        took, code, _, err = process.stop()
        del codes
    assert (code, err) == (0, "")
    assert took < AT_ONCE


def test_as_process_1_a_signal_ends_it_too() -> None:
    unshare = ("unshare", "--map-root-user", "--pid", "--fork", "--kill-child")
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"], check=False).returncode:
        pytest.skip("this machine allows no process namespace")
    with started([*unshare, *COMMAND]) as process:
        [child] = children(process.popen.pid)
        os.kill(child, signal.SIGTERM)
        assert process.popen.wait(timeout=AT_ONCE) == 0


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"wechat-emulator: cannot listen on 127.0.0.1 port {port}: "
        "something listens there already; stop it, or choose another port (0: a free one)\n"
    )


def test_an_address_of_another_machine_is_one_clear_line() -> None:
    done = run("--host", NOT_OURS)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"wechat-emulator: cannot listen on {NOT_OURS} port 8480: "
        "that is not an address of this machine; see --host\n"
    )


def test_a_host_with_a_port_is_one_clear_line() -> None:
    done = run("--host", "127.0.0.1:9000")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "wechat-emulator: cannot listen on 127.0.0.1:9000: expected an address of this machine, "
        "such as 127.0.0.1, ::1 or 0.0.0.0 (--host)\n"
    )


def test_a_port_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "port"
    done = run("--port", "0", "--port-file", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"wechat-emulator: --port-file: cannot write {path}: No such file or directory\n"
    )


def test_a_variable_that_is_no_setting_is_pointed_out() -> None:
    with serving(WECHAT_EMULATOR_PROT="9000", WECHAT_EMULATOR_SERVICE_HOST="10.0.0.1") as process:
        _, _, _, err = process.stop()
    assert err == (
        "wechat-emulator: warning: WECHAT_EMULATOR_PROT is not a setting; "
        "did you mean 'WECHAT_EMULATOR_PORT'?\n"
    )


def test_serving_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from emulator.cli.main import main\n"
        f"sys.argv[1:] = ['--host', '{NOT_OURS}']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'cryptography', 'faker', 'importlib.metadata', 'yaml'}\n"
        "print(heavy & {*sys.modules})"
    )
    assert run_python(code) == "set()\n"


def get(port: int, target: str) -> bytes:
    with connected(port) as connection:
        connection.request("GET", target)
        return connection.getresponse().read()


class connected(HTTPConnection):  # reads as a with statement
    """A connection that is closed when the block ends."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port, timeout=10)

    def __enter__(self) -> connected:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def settle(port: int) -> None:
    """Come back when the server has seen what was sent before: it takes calls in order."""
    get(port, "/livez")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
