"""What Linux says of a process, and the core it runs on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]
ONE_CORE = SERVER_CORE == LOAD_CORE


def on_core(core: int) -> Callable[[], None]:
    """For `preexec_fn`: the child runs on that core alone."""
    return lambda: os.sched_setaffinity(0, {core})


def cpu_seconds(pid: int) -> float:
    """What it has used of the CPU, to the nanosecond; /proc/PID/stat counts in steps of 10 ms."""
    return time.clock_gettime((~pid << 3) | 2)  # what clock_getcpuclockid(3) gives


@dataclass(frozen=True)
class Memory:
    """How much a process holds, in bytes."""

    resident: int
    """RSS: with what it shares with others, as libraries."""
    own: int
    """USS: what would be free if it ended."""
    anonymous: int
    """What it made itself: no part of any file."""


def memory(pid: int) -> Memory:
    """What the process holds at this moment."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(size) * 1024 for name, size, _ in map(str.split, lines)}
    own = sizes["Private_Clean:"] + sizes["Private_Dirty:"]
    return Memory(sizes["Rss:"], own, sizes["Anonymous:"])
