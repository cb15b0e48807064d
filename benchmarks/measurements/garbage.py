"""How long a full garbage collection stops the world."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time

from ..harness import Run, show
from . import measurement


@measurement
def garbage(run: Run) -> None:
    """A full garbage collection with a million live codes, in milliseconds."""
    command = [sys.executable, "-m", __name__, str(run.size(1_000_000, 2000)), str(run.rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    show("gc.collect() ms", [float(each) for each in done.stdout.split()], "≤ 20")


async def _measure(codes: int, rounds: int) -> None:
    """In a process of its own, as the server imports it."""
    from emulator.core.settings import Settings
    from emulator.http.server import Server
    from emulator.wechat.codes import mint_many

    server = Server(Settings(port=(0,)))
    await server.start()
    world = (await server.worlds.open()).world
    for _ in range(0, codes, 500):
        mint_many(world.view, "wx0123456789abcdef", ["alice"], 500, 0.0)
    for _ in range(rounds):
        started = time.perf_counter()
        gc.collect()
        print((time.perf_counter() - started) * 1000)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(_measure(int(sys.argv[1]), int(sys.argv[2])))
