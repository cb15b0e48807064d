"""What stays of users who came once and were not seen again."""

from __future__ import annotations

import time

from ..calls import exchange
from ..harness import Run, send, show
from ..processes import cpu_seconds, memory
from ..servers import Server, emulator
from . import measurement

# A session is known for a month after its last renewal, and goes at the end of a day.
_LATER = "32d"


@measurement
def flat(run: Run) -> None:
    """Memory after a million exchanges by distinct users over some years, against a tenth."""
    size, held = run.size(25_000, 100), []
    first, last = run.size(4, 1), run.size(40, 2)
    with emulator("--quiet").running(1) as server:
        server.declare()
        for batch in range(last):
            users = [f"user{batch}-{n}" for n in range(size)]
            send(server, map(exchange, server.mint(size, users)))
            server.control("POST", "clock/advance", {"by": _LATER})
            _rest(server)
            held.append(memory(server.pid).anonymous / 1e6)
    few, many = f"{size * first:,}", f"{size * last:,}"
    show(f"MB of memory after {few} exchanges", [held[first - 1]])
    show(f"MB of memory after {many} exchanges", [held[-1]])
    show(f"memory after {many} / after {few}", [held[-1] / held[first - 1]], "at most 1.1")


def _rest(server: Server) -> None:
    """Until the server has forgotten what has ended; it begins within a second."""
    time.sleep(1.5)
    while True:
        before = cpu_seconds(server.pid)
        time.sleep(0.5)
        if cpu_seconds(server.pid) - before < 0.02:
            return
