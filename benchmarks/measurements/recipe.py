"""The load test of docs/howto/load-test.md: mint, exchange each once, count what failed."""

from __future__ import annotations

from ..harness import Run, exchanges, send, show
from ..servers import emulator
from . import measurement


@measurement
def recipe(run: Run) -> None:
    """Codes minted through `codes`, each exchanged exactly once; failures are counted."""
    with emulator().running(1) as server:
        requests = exchanges(server, run.size(100_000, 500))
        seen = send(server, requests, strict=False)
        again = send(server, requests[:100], "40163", strict=False)
    show("exchanged", [float(seen.answers)])
    show("exchanges/s", [seen.rate])
    show("not a success", [float(sum(seen.wrong.values()))], "0")
    show("second exchanges that were not 40163", [float(sum(again.wrong.values()))], "0")
