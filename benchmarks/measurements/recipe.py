"""The load test of docs/howto/load-test.md: mint, exchange each once, count what failed."""

from __future__ import annotations

from ..harness import Run, drive, exchange_request, show
from ..servers import emulator
from . import measurement


@measurement
def recipe(run: Run) -> None:
    """Codes minted through `codes`, each exchanged exactly once; failures are counted."""
    with emulator() as server:
        codes = server.mint(run.size(100_000, 500))
        seen = drive(server, map(exchange_request, codes))
        again = drive(server, map(exchange_request, codes[:100]), expect="40163")
    show("exchanged", [float(seen.answers)])
    show("exchanges/s", [seen.answers / seen.seconds])
    show("not a success", [float(sum(seen.failures.values()))], "0")
    show("second exchanges that were not 40163", [float(sum(again.failures.values()))], "0")
