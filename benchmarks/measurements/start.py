"""From the command to its first answer."""

from __future__ import annotations

import subprocess
import sys
import time
from urllib.request import urlopen

from ..harness import Run, show
from ..servers import ON_SERVER_CORE, emulator
from . import measurement


@measurement
def start(run: Run) -> None:
    """The time to the first answer against `python -c "import aiohttp.web"`."""
    ours, theirs = [], []
    _ours(), _theirs()  # once for the .pyc files
    for _ in range(run.rounds * 2):
        ours.append(_ours())
        theirs.append(_theirs())
    show("emulator: ms to the first answer", [each * 1000 for each in ours])
    show("import aiohttp.web: ms", [each * 1000 for each in theirs])
    show("ratio", [a / b for a, b in zip(ours, theirs, strict=True)], "≤ 1.1")


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
