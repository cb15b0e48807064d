"""What rules cost the calls they are not about."""

from __future__ import annotations

from collections.abc import Callable

from ..harness import Run, Side, compare, exchanges
from ..servers import Server, emulator
from . import measurement

_RULES = 1000
_GOAL = "at least 0.9"


@measurement
def rules(run: Run) -> None:
    """Exchanges without rules, and with a thousand that are bound to users and codes."""
    start = emulator("--quiet")
    none = Side("no rules", start)
    others = Side("1,000 rules about others", start, _bound("somebody{}"))
    theirs = Side("one of 1,000 rules asked in each call", start, _bound("user{}"))
    seen = compare(run, none, others, theirs, count=run.size(20_000, 200))
    seen.figures()
    for side in (others, theirs):
        seen.ratio(none.name, side.name, _GOAL)


def _bound(user: str) -> Callable[[Server, int], list[str]]:
    """Half of the rules to users, half to codes; they wait for a call that never comes."""

    def requests(server: Server, count: int) -> list[str]:
        server.control("PUT", "scenario", {"version": 1, "rules": list(map(_rule, range(_RULES)))})
        return exchanges(server, count)

    def _rule(n: int) -> object:
        bound = {"js_code": f"someone-elses-code{n}"} if n % 2 else {"user": user.format(n // 2)}
        return {"on": "jscode2session", "when": {**bound, "call": 10**9}, "then": {"errcode": -1}}

    return requests
