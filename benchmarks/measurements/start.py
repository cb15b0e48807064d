"""From the command to its first answer."""

from __future__ import annotations

import subprocess
import sys
import time
from urllib.request import urlopen

from ..harness import Run, compare_seconds
from ..servers import ON_SERVER_CORE, emulator
from . import measurement


@measurement
def start(run: Run) -> None:
    """The time to the first answer against `python -c "import aiohttp.web"`."""
    names = "emulator: ms to the first answer", "import aiohttp.web: ms"
    compare_seconds(run, names, _ours, _theirs, "≤ 1.1")


def _ours() -> float:
    started = time.perf_counter()
    with emulator("--quiet", declare=False) as server, urlopen(f"{server.url}/livez") as answer:  # noqa: S310
        answer.read()
        return time.perf_counter() - started


def _theirs() -> float:
    started = time.perf_counter()
    command = [sys.executable, "-c", "import aiohttp.web"]
    subprocess.run(command, check=True, preexec_fn=ON_SERVER_CORE)
    return time.perf_counter() - started
