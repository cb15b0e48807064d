"""The main job, beside the least that aiohttp can do."""

from __future__ import annotations

from collections.abc import Callable

from ..harness import Round, Run, exchange_request, exchanging, figures, in_turn, ratios, timed
from ..servers import Server, bare, emulator
from . import measurement

_GOAL = "≥ 1.0, at least 0.85"


@measurement
def exchange(run: Run) -> None:
    """Fresh codes exchanged, journal and log on, against a bare aiohttp route with a fixed body."""
    count = run.size(20_000, 200)
    with emulator() as talking, emulator("--quiet") as quiet, bare(_body()) as other:
        logged, silent, fixed = in_turn(
            run, exchanging(talking, count), exchanging(quiet, count), _same(other, count)
        )
    figures("bare aiohttp", fixed)
    figures("emulator", logged)
    ratios("emulator / bare aiohttp", logged, fixed, _GOAL)
    figures("emulator --quiet", silent)
    ratios("emulator --quiet / bare aiohttp", silent, fixed, _GOAL)


def _same(server: Server, count: int) -> Callable[[], Round]:
    requests = [exchange_request(f"0{n:031d}") for n in range(count)]
    return lambda: timed(server, requests)


def _body() -> str:
    """As long as a success's."""
    return '{"session_key":"HyVFkGl5F5OQWJZZaNzBBg==","openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE"}'
