"""The main job, beside the least that aiohttp can do."""

from __future__ import annotations

from ..harness import BARE, Run, Side, compare
from ..servers import emulator, takes
from . import measurement

_COUNT = 20_000, 200
_FLAGS = ("--quiet",), (), ("--quiet", "--no-lane"), ("--no-lane",)


@measurement
def exchange(run: Run) -> None:
    """Fresh codes, each exchanged once, against a bare aiohttp route with as long a body."""
    sides = [_side(*flags) for flags in _FLAGS if takes(emulator(*flags))]
    for sleeps, how in ((False, ", polled"), (True, ", sleeping")):
        seen = compare(run, BARE, *sides, count=run.size(*_COUNT), how=how, sleeps=sleeps)
        seen.figures()
        for side in sides:
            seen.ratio(BARE.name, side.name, "1.0, at least 0.85")


@measurement
def latency(run: Run) -> None:
    """The p99 at half of the rate that the bare route manages, polled, against its own."""
    ours = _side("--quiet")
    seen = compare(run, BARE, ours, count=run.size(*_COUNT), how=", half load", pace=0.5)
    for name in run.both(ours.name, ours.start):
        seen.latencies(name, BARE.name)


def _side(*flags: str) -> Side:
    return Side(" ".join(("emulator", *flags)), emulator(*flags))
