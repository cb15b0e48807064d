"""How long a full garbage collection stops the world."""

from __future__ import annotations

import os
import signal

from ..harness import Run, show
from ..servers import Start
from . import measurement


@measurement
def garbage(run: Run) -> None:
    """A full garbage collection with a million live codes, in milliseconds."""
    flags = ("serve", "--port", "0", "--quiet")
    milliseconds = []
    with Start(("-m", "benchmarks.collecting", *flags)).running(1) as server:
        server.mint_unread(run.size(1_000_000, 2000))
        for _ in range(run.rounds):
            os.kill(server.pid, signal.SIGUSR1)
            milliseconds.append(float(server.stdout.readline()))
    show("gc.collect() ms", milliseconds, "at most 20")
