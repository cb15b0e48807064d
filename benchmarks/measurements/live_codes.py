"""What a million codes cost: while they live, and when they end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from ..harness import Run, exchange_request, exchanging, figures, in_turn, ratios, show, timed
from ..servers import APPID, Server, emulator
from . import measurement


@measurement
def live_codes(run: Run) -> None:
    """Exchanges with a million live codes against a hundred: no slower, p99 included."""
    count = run.size(20_000, 200)
    with emulator("--quiet") as crowded, emulator("--quiet") as empty:
        _mint_unread(crowded, run.size(1_000_000, 2000))
        _mint_unread(empty, 100)
        many, few = in_turn(run, exchanging(crowded, count), exchanging(empty, count))
    figures("10^6 live codes", many)
    figures("10^2 live codes", few)
    ratios("10^6 / 10^2", many, few, "0.9 to 1.1")


@measurement
def minting(run: Run) -> None:
    """What `POST codes` spends on each code, and the memory each keeps."""
    count = run.size(1_000_000, 2000)
    spent, kept = [], []
    for _ in range(1 if run.smoke else 3):
        with emulator("--quiet") as server:
            _mint_unread(server, 1000)
            cpu, memory = server.cpu, server.memory
            _mint_unread(server, count)
            spent.append((server.cpu - cpu) / count * 1e6)
            kept.append((server.memory - memory) / count)
    show("server CPU µs/code", spent, "≤ 10")
    show("bytes/live code (resident)", kept, "≤ 400")


@measurement
def expiry(run: Run) -> None:
    """Answers while a million unused codes end at once, against the same ones after that."""
    requests = [exchange_request("0" + "x" * 31)] * run.size(100_000, 2000)
    with emulator("--quiet") as server, ThreadPoolExecutor(1) as beside:
        before = server.memory
        _mint_unread(server, run.size(1_000_000, 2000))
        full = server.memory
        answering = beside.submit(timed, server, requests, expect="40029")
        time.sleep(0.05 if run.smoke else 0.5)
        # Dead, and no longer kept for the hint that says since when: two lifetimes.
        server.control("POST", "clock/advance", {"by": "10m2s"})
        during = answering.result()
        after = [timed(server, requests, expect="40029") for _ in range(run.rounds)]
        swept = server.memory
    figures("during the sweep", [during])
    figures("after the sweep", after)
    show("slowest ms, during / after", [during.slowest / each.slowest for each in after])
    for when, memory in (("started", before), ("full", full), ("swept", swept)):
        show(f"MB of memory, {when}", [memory / 1e6])


def _mint_unread(server: Server, count: int) -> None:
    server.control("POST", "codes", {"appid": APPID, "user": "alice", "count": count})
