"""Runs the measurements named, or all of them."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from . import measurements
from .harness import Run, about_this_machine


def main() -> None:
    known = measurements.load()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(known)}")
    parser.add_argument("--smoke", action="store_true", help="small and quick: does it still run?")
    parser.add_argument("--rounds", type=int, default=7, help="of new processes [default: 7]")
    parser.add_argument(
        "--against", type=Path, metavar="CHECKOUT", help="measure its emulator in the same rounds"
    )
    arguments = parser.parse_args()
    if strange := [name for name in arguments.names if name not in known]:
        parser.error(f"no measurement {', '.join(strange)}; there are: {', '.join(known)}")
    against = arguments.against and arguments.against.resolve()
    if against and not (against / "emulator" / "__main__.py").is_file():
        parser.error(f"--against: no emulator in {against}")
    # Ended by a job's time-out, too, the servers started here are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    run = Run(arguments.smoke, 1 if arguments.smoke else arguments.rounds, against)
    print(about_this_machine())
    for name in arguments.names or known:
        print(f"\n{name}: {known[name].__doc__}")
        known[name](run)


if __name__ == "__main__":
    main()
