"""Loading a large scenario."""

from __future__ import annotations

import asyncio
import time

from emulator.core.settings import Settings
from emulator.scenario.loading import Source, load
from emulator.worlds import Worlds

from ..harness import Run, show
from . import measurement

_NAMED = "  - {{name: user{n}, nickname: 小艾{n}, phone: 138{n:08}}}\n"


@measurement
def scenario(run: Run) -> None:
    """10,000 users from YAML into a world, written out and made by Faker."""
    count = run.size(10_000, 100)
    written = "version: 1\nusers:\n" + "".join(_NAMED.format(n=n) for n in range(count))
    made = f"version: 1\nusers: [{{generate: {count}}}]\n"
    for label, text, goal in (("written out", written, "≤ 0.3"), ("by Faker", made, "≤ 2")):
        seconds = [_timed(text) for _ in range(run.rounds)]
        show(f"{count} users {label}: seconds", seconds, goal)


def _timed(text: str) -> float:
    started = time.perf_counter()
    loaded = load([Source("benchmark", text.encode())])
    asyncio.run(Worlds(Settings(), loaded).open())
    return time.perf_counter() - started
