"""The real command in a process of its own, as people run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

COMMAND = (sys.executable, "-m", "emulator")
AT_ONCE = 10.0
"""Seconds that a busy machine may take for it; what it must not wait for takes a minute or more."""
CHECKOUT = Path(__file__).parents[1]
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104  # listened on for the time of a test
READY = "wechat-emulator ready: "


def clean_environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """This machine's environment without settings of ours, plus the test's variables."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WECHAT_EMULATOR_")}
    return kept | {"PYTHONPATH": str(CHECKOUT)} | dict(variables or {})


class Process:
    """A started `wechat-emulator`; `url` once it said that it is ready."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        assert popen.stdout is not None
        self.first_line = popen.stdout.readline()
        self.url = self.first_line.removeprefix(READY).strip()

    @property
    def port(self) -> int:
        """The HTTP port."""
        return int(self.url.rpartition(":")[2])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[float, int, str, str]:
        """The seconds it took to end, the exit code, and what else it wrote."""
        started = time.monotonic()
        self.popen.send_signal(number)
        out, err = self.popen.communicate(timeout=20)
        return time.monotonic() - started, self.popen.returncode, out, err


def serving(*args: str, **variables: str) -> AbstractContextManager[Process]:
    """A server on a free port, unless told otherwise; gone when the block ends."""
    return started([*COMMAND, *args], **variables)


@contextmanager
def started(command: Sequence[str], **variables: str) -> Iterator[Process]:
    """A server that a command of the caller's starts."""
    with subprocess.Popen(
        command,
        env=clean_environment({"WECHAT_EMULATOR_PORT": "0"} | variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as popen:
        try:
            yield Process(popen)
        finally:
            popen.kill()


def run(*args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*COMMAND, *args],
        env=clean_environment(variables),
        capture_output=True,
        text=True,
        timeout=20,
    )


def run_python(code: str) -> str:
    """What a program of a few lines prints, in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        timeout=20,
        check=True,
    ).stdout
