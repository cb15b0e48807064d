"""What it takes while nothing happens."""

from __future__ import annotations

from ..harness import BODY, Run, show
from ..processes import Memory, memory
from ..servers import Start, bare, emulator
from . import measurement

_MIB = 2**20


@measurement
def memory_at_rest(run: Run) -> None:
    """Memory after a start and one answer, beside the bare aiohttp application's."""
    for name, start in {**run.both("emulator", emulator()), "bare": bare(BODY, "/livez")}.items():
        held = [_after_one_answer(start, seed) for seed in run.seeds]
        show(f"{name}: MiB resident (RSS)", [each.resident / _MIB for each in held])
        show(f"{name}: MiB of its own (USS)", [each.own / _MIB for each in held])


def _after_one_answer(start: Start, seed: int) -> Memory:
    with start.running(seed) as server:
        server.get("/livez")
        return memory(server.pid)
