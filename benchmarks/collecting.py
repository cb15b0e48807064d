"""The emulator, which on SIGUSR1 also collects its garbage and prints how long that took, in ms."""

from __future__ import annotations

import gc
import runpy
import signal
import time


def _collect(*_: object) -> None:
    started = time.perf_counter()
    gc.collect()
    print((time.perf_counter() - started) * 1000, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _collect)
    runpy.run_module("emulator", run_name="__main__", alter_sys=True)
