"""Loading a large scenario."""

from __future__ import annotations

import time
from functools import partial

from ..harness import Run, in_turn, show
from ..servers import emulator
from . import measurement

_NAMED = "  - {{name: user{n}, nickname: 小艾{n}, phone: 138{n:08}}}\n"


@measurement
def scenario(run: Run) -> None:
    """10,000 users from YAML into a world, written out and made by Faker."""
    count = run.size(10_000, 100)
    written = "version: 1\nusers:\n" + "".join(_NAMED.format(n=n) for n in range(count))
    made = f"version: 1\nusers: [{{generate: {count}}}]\n"
    sides = {"written out": partial(_put, written), "by Faker": partial(_put, made)}
    seconds = in_turn(run, sides)
    show(f"{count} users written out: seconds", seconds["written out"], "at most 0.3")
    show(f"{count} users by Faker: seconds", seconds["by Faker"], "at most 2")


def _put(text: str, seed: int) -> float:
    with emulator("--quiet").running(seed) as server:
        # What reads YAML and makes users is imported when it is first needed: no part of this.
        server.control("PUT", "scenario", b"version: 1\nusers: [{generate: 1}]\n")
        started = time.perf_counter()
        server.control("PUT", "scenario", text.encode())
        return time.perf_counter() - started
