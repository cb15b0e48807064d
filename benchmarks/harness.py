"""What measurements share: rounds in turn, load on a server, ratios with their spread."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from .load import Seen
from .servers import APPID, LOAD_CORE, ON_LOAD_CORE, SECRET, SERVER_CORE, Server

CONNECTIONS = 64


@dataclass(frozen=True)
class Run:
    """How thoroughly to measure."""

    smoke: bool
    rounds: int

    def size(self, full: int, smoke: int) -> int:
        """The amount of work: `full`, or `smoke` where only running matters."""
        return smoke if self.smoke else full


@dataclass(frozen=True)
class Round:
    """One server's figures in one round."""

    rate: float
    """Requests per second."""
    cpu: float
    """Microseconds of the server's CPU time per request."""
    p99: float
    """Milliseconds."""
    slowest: float
    busy: float
    """The load generator's own share of its core."""


def exchange_request(code: str) -> str:
    """The bytes a backend built on a common client sends for `code`."""
    return (
        f"GET /sns/jscode2session?appid={APPID}&secret={SECRET}&js_code={code}"
        "&grant_type=authorization_code HTTP/1.1\r\n"
        "Host: api.weixin.qq.com\r\nUser-Agent: python-requests/2.32.3\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"
    )


def drive(
    server: Server,
    requests: Iterable[str],
    *,
    expect: str = "session_key",
    connections: int = CONNECTIONS,
    tls: bool = False,
) -> Seen:
    """Send the requests from the load generator's process and say what it saw."""
    plan: dict[str, object] = {"port": server.port, "connections": connections, "tls": tls}
    plan |= {"requests": list(requests), "expect": expect}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=ON_LOAD_CORE,
    )
    return Seen(**json.loads(done.stdout))


def timed(
    server: Server, requests: list[str], *, expect: str = "session_key", tls: bool = False
) -> Round:
    """One round of load; every answer must be a success."""
    cpu = server.cpu
    seen = drive(server, requests, expect=expect, tls=tls)
    if seen.failures:
        raise AssertionError(f"not every answer was a success: {seen.failures}")
    spent = server.cpu - cpu
    each = spent / seen.answers * 1e6
    return Round(seen.answers / seen.seconds, each, seen.p99, seen.slowest, seen.busy)


def exchanging(server: Server, count: int) -> Callable[[], Round]:
    """A side that exchanges `count` codes minted just before, each once."""
    return lambda: timed(server, [exchange_request(code) for code in server.mint(count)])


def in_turn(run: Run, *sides: Callable[[], Round]) -> list[list[Round]]:
    """Each side's rounds, taken A B A B …: a slow minute hits all. A first one warms up."""
    for side in sides:
        side()
    rounds: list[list[Round]] = [[] for _ in sides]
    for _ in range(run.rounds):
        for side, kept in zip(sides, rounds, strict=True):
            kept.append(side())
    return rounds


def figures(who: str, rounds: list[Round]) -> None:
    """Print what one side reached."""
    show(f"{who}: requests/s", [each.rate for each in rounds])
    show(f"{who}: server CPU µs/request", [each.cpu for each in rounds])
    show(f"{who}: p99 ms", [each.p99 for each in rounds])
    show(f"{who}: load generator busy", [each.busy for each in rounds], "well under 1")


def ratios(name: str, ours: list[Round], theirs: list[Round], goal: str) -> None:
    """Print the ratio pair by pair; above 1 is in our favour, but for p99."""
    pairs = list(zip(ours, theirs, strict=True))
    show(f"{name}: requests/s, ratio", [a.rate / b.rate for a, b in pairs], goal)
    show(f"{name}: CPU per request, inverse ratio", [b.cpu / a.cpu for a, b in pairs], goal)
    show(f"{name}: p99, ratio", [a.p99 / b.p99 for a, b in pairs])
    # Neighbours only ever add to what a request costs, so the least is the truest.
    least = [min(each.cpu for each in side) for side in (theirs, ours)]
    show(f"{name}: least CPU per request, inverse ratio", [least[0] / least[1]], goal)


def show(label: str, values: list[float], goal: str = "") -> None:
    """A row: median, and the spread from the least to the most."""
    low, middle, high = min(values), median(values), max(values)
    form = ",.0f" if middle >= 100 else ".2f"
    row = f"  {label:58} {middle:>10{form}}   ({low:{form}} … {high:{form}})"
    print(row + (f"   goal: {goal}" if goal else ""), flush=True)


def about_this_machine() -> str:
    """What the figures were taken on."""
    return (
        f"Python {platform.python_version()}, aiohttp {version('aiohttp')}, "
        f"{os.cpu_count()} cores; server on core {SERVER_CORE}, load on core {LOAD_CORE}, "
        f"{CONNECTIONS} keep-alive connections; rows are median (least … most)"
    )


def compare_seconds(
    run: Run,
    names: tuple[str, str],
    ours: Callable[[], float],
    theirs: Callable[[], float],
    goal: str,
) -> None:
    """Rows for what takes seconds by itself, as a start does: each in ms, and the ratio."""
    ours(), theirs()  # once for the .pyc files
    here, there = [], []
    for _ in range(run.rounds * 2):
        here.append(ours())
        there.append(theirs())
    for name, seconds in zip(names, (here, there), strict=True):
        show(name, [each * 1000 for each in seconds])
    show("ratio", [a / b for a, b in zip(here, there, strict=True)], goal)
