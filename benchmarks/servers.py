"""The servers under measurement: child processes on a core of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]
APPID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
_ROOT = Path(__file__).parent.parent


def on_core(core: int) -> Callable[[], None]:
    """For `preexec_fn`: the child runs on that core alone."""
    return lambda: os.sched_setaffinity(0, {core})


ON_SERVER_CORE, ON_LOAD_CORE = on_core(SERVER_CORE), on_core(LOAD_CORE)


class Server:
    """A running server process, seen from outside."""

    def __init__(self, pid: int, url: str) -> None:
        self.pid = pid
        self.url = url
        self.port = int(url.rpartition(":")[2])

    @property
    def cpu(self) -> float:
        """Seconds of CPU time it has used, to the nanosecond: its own CPU clock."""
        return time.clock_gettime((~self.pid << 3) | 2)  # what clock_getcpuclockid(3) gives

    @property
    def memory(self) -> int:
        """Bytes of its own memory that are resident."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("RssAnon:")[2].split()[0]) * 1024

    def control(self, method: str, path: str, body: object = None) -> bytes:
        """One call of the control API."""
        request = Request(  # noqa: S310  # our own URL
            f"{self.url}/_emulator/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urlopen(request) as response:  # noqa: S310
            return bytes(response.read())

    def mint(self, count: int, users: int = 1000, kind: str = "login") -> list[str]:
        """Fresh codes, dealt to so many users in turn."""
        names = [f"user{n}" for n in range(users)]
        body = {"appid": APPID, "users": names, "count": count, "kind": kind}
        lines = self.control("POST", "codes", body)
        return [json.loads(line)["code"] for line in lines.splitlines()]


@contextmanager
def started(*arguments: str) -> Iterator[Server]:
    """A Python child that prints a ready line ending in its URL; stopped at the end."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=_ROOT,
        preexec_fn=ON_SERVER_CORE,
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline().strip()
        if "ready: " not in ready:
            raise RuntimeError(f"{' '.join(arguments)} did not start: run it by hand to see why")
        yield Server(process.pid, ready.rpartition(" ")[2])
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


@contextmanager
def emulator(*flags: str, declare: bool = True) -> Iterator[Server]:
    """The emulator, with one declared app unless told otherwise."""
    with started("-m", "emulator", "serve", "--port", "0", *flags) as server:
        if declare:
            server.control("PUT", f"apps/{APPID}", {"secret": SECRET})
        yield server


@contextmanager
def bare(body: str, *certificate: str) -> Iterator[Server]:
    """The bare aiohttp application; over TLS with a certificate's file."""
    with started("-m", "benchmarks.bare", body, *certificate) as server:
        yield server
