"""What it costs to be reached by the real host name: HTTPS, and the start of `exec`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..harness import Run, compare_seconds, exchange_request, figures, in_turn, ratios, timed
from ..servers import ON_SERVER_CORE, Server, bare, emulator
from . import measurement

_BODY = '{"session_key":"HyVFkGl5F5OQWJZZaNzBBg==","openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE"}'


@measurement
def secure_exchange(run: Run) -> None:
    """Fresh codes exchanged over HTTPS and keep-alive, against a bare aiohttp route over TLS."""
    count = run.size(20_000, 200)
    fixed = [exchange_request(f"0{n:031d}") for n in range(count)]
    with _leaf() as leaf, bare(_BODY, leaf) as other:
        flags = ("--quiet", "--tls-port", "0", "--tls-cert", leaf)
        with emulator(*flags) as plain:
            secure = _tls_side(plain)
            ours, theirs = in_turn(
                run,
                lambda: timed(secure, [exchange_request(c) for c in plain.mint(count)], tls=True),
                lambda: timed(other, fixed, tls=True),
            )
    figures("bare aiohttp over TLS", theirs)
    figures("emulator over TLS", ours)
    ratios("emulator / bare aiohttp, over TLS", ours, theirs, "≥ 0.85")


@measurement
def exec_start(run: Run) -> None:
    """`exec -- true`, from start to end, against `serve` from its start to its first answer."""
    names = "exec -- true: ms", "serve: ms to the ready line"
    compare_seconds(run, names, _exec, _serve, "≤ 1.6")


def _exec() -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "emulator", "exec", "--", "true"]
    subprocess.run(command, check=True, preexec_fn=ON_SERVER_CORE)
    return time.perf_counter() - started


def _serve() -> float:
    started = time.perf_counter()
    with emulator("--quiet", declare=False):
        return time.perf_counter() - started


@contextmanager
def _leaf() -> Iterator[str]:
    """A certificate with its key, the same for both sides."""
    from emulator.tls.authority import in_memory, names_to_serve

    with TemporaryDirectory() as folder:
        path = Path(folder, "leaf.pem")
        path.write_bytes(in_memory().leaf(names_to_serve(), time.time()))
        yield str(path)


def _tls_side(plain: Server) -> Server:
    """The same process, seen through its TLS port."""
    [url] = [u for u in json.loads(plain.control("GET", "health"))["addresses"] if "https" in u]
    return Server(plain.pid, url)
