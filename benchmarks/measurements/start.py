"""From the command to its first answer, or to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial

from ..harness import Run, in_turn, show, show_ratio
from ..servers import Start, emulator
from . import measurement

_IMPORT = "import aiohttp.web"
_Sides = Mapping[str, Callable[[int], float]]
"""By name, what each takes with a hash seed, in seconds."""


@measurement
def start(run: Run) -> None:
    """The time to the first answer against `python -c "import aiohttp.web"`."""
    ours = run.both("emulator to the first answer", emulator("--quiet"))
    least = partial(_ended, Start(("-c", _IMPORT)))
    sides = {name: partial(_answered, each) for name, each in ours.items()}
    _compare(run, sides, {_IMPORT: least}, "at most 1.1")


@measurement
def exec_start(run: Run) -> None:
    """`exec -- true`, from start to end, against `serve` from its start to the ready line."""
    ours = run.both("exec -- true", Start(("-m", "emulator", "exec", "--", "true")))
    serve = partial(_ready, emulator("--quiet"))
    sides = {name: partial(_ended, each) for name, each in ours.items()}
    _compare(run, sides, {"serve to the ready line": serve}, "at most 1.6")


def _compare(run: Run, ours: _Sides, theirs: _Sides, goal: str) -> None:
    values = in_turn(run, {**ours, **theirs})
    for name, seconds in values.items():
        show(f"{name}: ms", [each * 1000 for each in seconds])
    [least] = theirs
    for name in ours:
        show_ratio(name, least, values, goal)


def _answered(start: Start, seed: int) -> float:
    began = time.perf_counter()
    with start.running(seed) as server:
        server.get("/livez")
        return time.perf_counter() - began


def _ready(start: Start, seed: int) -> float:
    began = time.perf_counter()
    with start.running(seed):
        return time.perf_counter() - began


def _ended(start: Start, seed: int) -> float:
    began = time.perf_counter()
    start.run(seed)
    return time.perf_counter() - began
