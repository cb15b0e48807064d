"""The servers under measurement: child processes on a core of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO
from urllib.request import Request, urlopen

from .calls import APPID, SECRET
from .processes import SERVER_CORE, on_core

HERE = Path(__file__).parent.parent
_USERS = [f"user{n}" for n in range(1000)]
# asyncio asks recv() for 256 KiB. glibc maps and unmaps that much each time, a third of what the
# bare route costs, unless the heap happens to have such a hole: in some processes, after a while.
# So the yardstick takes it from the heap; the emulator, which asks for less, runs as it is.
_AT_ITS_BEST = (
    ("MALLOC_MMAP_THRESHOLD_", str(4 * 2**20)),
    ("MALLOC_TRIM_THRESHOLD_", str(256 * 2**20)),
)


@dataclass(frozen=True)
class Server:
    """A running server process, seen from outside."""

    pid: int
    url: str
    stdout: IO[str]

    @property
    def port(self) -> int:
        """Where it is asked: by HTTP, unless it knows HTTPS alone."""
        return int(self.url.rpartition(":")[2])

    @property
    def tls_port(self) -> int:
        """Where it is asked by HTTPS."""
        if self.url.startswith("https:"):
            return self.port
        urls = json.loads(self.control("GET", "health"))["addresses"]
        return int(next(url for url in urls if url.startswith("https:")).rpartition(":")[2])

    def get(self, target: str) -> bytes:
        """What a GET of that path answers."""
        return self._ask(Request(self.url + target))  # noqa: S310  # our own URL

    def control(self, method: str, path: str, body: object = None, *, world: str = "") -> bytes:
        """One call of the control API; a body in bytes is YAML, any other goes as JSON."""
        yaml = isinstance(body, bytes)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(  # noqa: S310  # our own URL
            f"{self.url}{world}/_emulator/v1/{path}",
            data=None if body is None else data,
            headers={"Content-Type": "application/yaml" if yaml else "application/json"},
            method=method,
        )
        return self._ask(request)

    def declare(self) -> None:
        """Have the one app that the requests name."""
        self.control("PUT", f"apps/{APPID}", {"secret": SECRET})

    def mint(
        self, count: int, users: Sequence[str] = _USERS, *, kind: str = "login", world: str = ""
    ) -> list[str]:
        """Fresh codes, dealt to the users in turn."""
        body = {"appid": APPID, "users": users, "count": count, "kind": kind}
        lines = self.control("POST", "codes", body, world=world)
        return [json.loads(line)["code"] for line in lines.splitlines()]

    def mint_unread(self, count: int) -> None:
        """Codes that nobody spends."""
        self.control("POST", "codes", {"appid": APPID, "count": count})

    @staticmethod
    def _ask(request: Request) -> bytes:
        with urlopen(request) as response:  # noqa: S310
            return bytes(response.read())


@dataclass(frozen=True)
class Start:
    """How to start one: what Python is given, and the checkout it is the Python of."""

    arguments: tuple[str, ...]
    checkout: Path = HERE
    env: tuple[tuple[str, str], ...] = ()

    @property
    def is_emulator(self) -> bool:
        """Whether it is not the yardstick, which is this checkout's alone."""
        return self.arguments[:2] == ("-m", "emulator")

    def elsewhere(self, checkout: Path) -> Start:
        """The same of another checkout."""
        return replace(self, checkout=checkout)

    @contextmanager
    def running(self, seed: int) -> Iterator[Server]:
        """A new process with that hash seed; stopped at the end."""
        with self._process(seed) as process:
            assert process.stdout is not None
            ready = process.stdout.readline().strip()
            if "ready: " not in ready:
                command = " ".join(self.arguments)
                raise RuntimeError(f"python {command} did not start: run it by hand to see why")
            yield Server(process.pid, ready.rpartition(" ")[2], process.stdout)

    def run(self, seed: int) -> None:
        """Run it to its end."""
        command = [sys.executable, *self.arguments]
        pin = on_core(SERVER_CORE)
        subprocess.run(command, check=True, cwd=self.checkout, env=self._env(seed), preexec_fn=pin)

    @contextmanager
    def _process(self, seed: int) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=self.checkout,
            env=self._env(seed),
            preexec_fn=on_core(SERVER_CORE),
        ) as process:
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _env(self, seed: int) -> dict[str, str]:
        # The working directory comes first anyhow; this is for what it starts in its turn.
        env = {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(self.checkout)}
        return os.environ | env | dict(self.env)


def emulator(*flags: str) -> Start:
    """The emulator of this checkout."""
    return Start(("-m", "emulator", "serve", "--port", "0", *flags))


def bare(body: str, path: str = "/sns/jscode2session", *certificate: str) -> Start:
    """The bare aiohttp application; over TLS with a certificate's file."""
    return Start(("-m", "benchmarks.bare", path, body, *certificate), env=_AT_ITS_BEST)


@cache
def takes(start: Start) -> bool:
    """Whether that checkout's command knows the flags, hidden ones too; said once if not."""
    command = [sys.executable, *start.arguments, "--help"]
    done = subprocess.run(command, cwd=start.checkout, capture_output=True, text=True)
    if done.returncode:
        why = done.stderr.strip().rpartition("\n")[2]
        print(f"  (no rows for `{' '.join(start.arguments[2:])}` of {start.checkout.name}: {why})")
    return done.returncode == 0
