"""`health --beside`: the server in the same container, found by its command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from emulator.cli import beside
from emulator.cli.main import main
from emulator.cli.options import listening
from tests.process import serving

PYTHON = ["/opt/wechat-emulator/bin/python3", "/opt/wechat-emulator/bin/wechat-emulator"]
URL = "WECHAT_EMULATOR_URL"


class Processes:
    """A folder that looks like /proc."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, number: int, *words: str, **environment: str) -> None:
        process = self.folder / str(number)
        process.mkdir()
        (process / "cmdline").write_text("".join(f"{word}\0" for word in words))
        pairs = (f"{name}={value}\0" for name, value in environment.items())
        (process / "environ").write_text("".join(pairs))


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    monkeypatch.setattr(beside, "PROCESSES", tmp_path)
    return Processes(tmp_path)


@pytest.mark.parametrize(
    ("words", "environment", "url"),
    [
        (PYTHON, {"PATH": "/bin"}, "http://127.0.0.1:8480"),
        ([*PYTHON, "--port", "9000"], {URL: "http://wechat:8480"}, "http://127.0.0.1:9000"),
        ([*PYTHON, "serve", "busy.yaml", "--port=9001"], {}, "http://127.0.0.1:9001"),
        ([*PYTHON, "--port", "9001", "serve"], {}, "http://127.0.0.1:9001"),
        (["/sbin/docker-init", "--", "wechat-emulator", "--port", "9"], {}, "http://127.0.0.1:9"),
        (["python", "-m", "emulator", "--host", "::1"], {}, "http://[::1]:8480"),
        (PYTHON, {"WECHAT_EMULATOR_PORT": "7,8"}, "http://127.0.0.1:7"),
        ([*PYTHON, "--port", "6"], {"WECHAT_EMULATOR_PORT": "7"}, "http://127.0.0.1:6"),
    ],
)
def test_the_flags_and_variables_are_the_servers(
    words: list[str], environment: Mapping[str, str], url: str, processes: Processes
) -> None:
    processes.add(1, *words, **environment)
    assert listening(beside.settings()) == url


def test_process_1_counts_before_others_and_other_commands_not_at_all(processes: Processes) -> None:
    processes.add(10, *PYTHON, "--port", "10")
    processes.add(2, *PYTHON, "health", "--beside")
    processes.add(3, "sh", "-c", "wechat-emulator --port 3")
    processes.add(9, *PYTHON, "--port", "9")
    (processes.folder / "self").mkdir()
    (processes.folder / "4").mkdir()  # it has gone meanwhile
    assert beside.settings().port == (9,)


def test_where_no_server_is_seen_the_own_environment_counts_but_not_its_url(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHAT_EMULATOR_PORT", "9005")
    monkeypatch.setenv(URL, "http://wechat:8480")
    assert listening(beside.settings()) == "http://127.0.0.1:9005"
    monkeypatch.setattr(beside, "PROCESSES", processes.folder / "none")
    assert listening(beside.settings()) == "http://127.0.0.1:9005"


def test_a_server_that_cannot_start_is_told(processes: Processes) -> None:
    processes.add(1, *PYTHON, "--port", "many")
    with pytest.raises(click.UsageError, match="--port: expected a whole number"):
        beside.settings()


def test_it_asks_the_process_that_runs_beside_it(processes: Processes, tmp_path: Path) -> None:
    port_file = str(tmp_path / "port")
    with serving("--port", "0", "--port-file", port_file, WECHAT_EMULATOR_PORT="1") as server:
        (tmp_path / "1").symlink_to(f"/proc/{server.popen.pid}")
        ask = ["health", "--beside"]
        done = CliRunner().invoke(main, ask, env={URL: "http://127.0.0.1:1"})
        assert (done.exit_code, done.stdout) == (0, f"{server.url} is ready\n"), done.stderr


def test_beside_and_a_url_are_too_much() -> None:
    done = CliRunner().invoke(main, ["health", "--beside", "--url", "http://127.0.0.1:1"])
    assert (done.exit_code, "leave --url out" in done.stderr) == (2, True)
