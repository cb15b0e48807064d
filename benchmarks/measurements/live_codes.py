"""What a million codes cost: while they live, and when they end."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..calls import exchange
from ..harness import Run, Side, compare, exchanges, send, show
from ..processes import cpu_seconds, memory
from ..servers import Server, emulator
from . import measurement


@measurement
def live_codes(run: Run) -> None:
    """Exchanges with a million live codes against a hundred: no slower, p99 included."""
    many, few = run.size(1_000_000, 2000), 100
    start = emulator("--quiet")
    sides = [Side(f"{count:,} live codes", start, _beside(count)) for count in (many, few)]
    seen = compare(run, *sides, count=run.size(20_000, 200))
    seen.figures()
    names = sides[0].name, sides[1].name
    seen.ratio(*names, "0.9 to 1.1")
    seen.latencies(*names, "0.9 to 1.1")


@measurement
def minting(run: Run) -> None:
    """What `POST codes` spends on each code, and the memory each keeps."""
    count = run.size(1_000_000, 2000)
    spent, kept = [], []
    for seed in run.seeds[:3]:
        with emulator("--quiet").running(seed) as server:
            server.mint_unread(1000)
            cpu, held = cpu_seconds(server.pid), memory(server.pid).anonymous
            server.mint_unread(count)
            spent.append((cpu_seconds(server.pid) - cpu) / count * 1e6)
            kept.append((memory(server.pid).anonymous - held) / count)
    show("server CPU µs/code", spent, "at most 10")
    show("bytes/live code (resident)", kept, "at most 400")


@measurement
def expiry(run: Run) -> None:
    """Answers while a million unused codes end at once, against the same ones after that."""
    requests = [exchange("0" + "x" * 31)] * run.size(100_000, 2000)
    with emulator("--quiet").running(1) as server, ThreadPoolExecutor(1) as beside:
        server.declare()
        held = {"started": memory(server.pid)}
        server.mint_unread(run.size(1_000_000, 2000))
        held["full"] = memory(server.pid)
        answering = beside.submit(send, server, requests, "40029")
        time.sleep(0.05 if run.smoke else 0.5)
        # Dead, and no longer kept for the hint that says since when: two lifetimes.
        server.control("POST", "clock/advance", {"by": "10m2s"})
        during = answering.result()
        after = [send(server, requests, "40029") for _ in range(run.rounds)]
        held["swept"] = memory(server.pid)
    show("during the sweep: p99 ms", [during.p99])
    show("after the sweep: p99 ms", [each.p99 for each in after])
    show("slowest ms, during / after", [during.slowest / each.slowest for each in after])
    for when, much in held.items():
        show(f"MB of memory, {when}", [much.anonymous / 1e6])


def _beside(live: int) -> Callable[[Server, int], list[str]]:
    def requests(server: Server, count: int) -> list[str]:
        server.mint_unread(live)
        return exchanges(server, count)

    return requests
