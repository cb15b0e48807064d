"""What rules cost the calls they are not about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ..harness import Run, exchanging, figures, in_turn, ratios
from ..servers import APPID, SECRET, Server, emulator, started
from . import measurement

_RULES = 1000


@measurement
def rules(run: Run) -> None:
    """Exchanges without the rule road, with it unused, and with a thousand bound rules."""
    count = run.size(20_000, 200)
    with ExitStack() as stack:
        unruled = stack.enter_context(_unruled())
        servers = [stack.enter_context(emulator("--quiet")) for _ in range(3)]
        _bind(servers[1], "somebody{}", "someone-elses-code{}")
        _bind(servers[2], "user{}", "someone-elses-code{}")
        sides = in_turn(run, *(exchanging(each, count) for each in (unruled, *servers)))
    none, unused, of_others, of_theirs = sides
    figures("no rule road", none)
    figures("1000 rules about others", of_others)
    ratios("unused rule road / none", unused, none, "≥ 0.97")
    ratios("1000 rules about others / none", of_others, unused, "≥ 0.9")
    ratios("one of 1000 rules asked in each call / none", of_theirs, unused, "≥ 0.9")


def _bind(server: Server, user: str, code: str) -> None:
    """Half to users, half to codes; they wait for a call that never comes."""
    for n in range(_RULES):
        bound = {"js_code": code.format(n)} if n % 2 else {"user": user.format(n // 2)}
        rule = {"on": "jscode2session", "when": {**bound, "call": 10**9}, "then": {"errcode": -1}}
        server.control("POST", "rules", rule)


@contextmanager
def _unruled() -> Iterator[Server]:
    with started("-m", "benchmarks.unruled", "serve", "--port", "0", "--quiet") as server:
        server.control("PUT", f"apps/{APPID}", {"secret": SECRET})
        yield server
