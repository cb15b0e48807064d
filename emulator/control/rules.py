"""Rules at run time: list them with how often each has acted, add and remove them."""

from __future__ import annotations

from typing import Any

from msgspec import json

from ..core.entities import Tally
from ..core.hints import did_you_mean, some_of
from ..core.masking import values
from ..core.validation import CheckError
from ..rules.matching import MOST_RULES, Bound, TooManyRulesError
from ..rules.rule import Rule, unknown_paths
from . import ControlRequest, Problem, route
from .dispatch import body_problem


@route("GET", "rules")
async def list_rules(request: ControlRequest) -> Any:
    """Every rule in force, outermost first: how many calls got to it, how often it acted."""
    tallies = await request.gateway.world.store.scan(Tally)
    counts = {tally.name: tally.count for tally in tallies}
    return {"rules": [_to_json(bound, counts) for bound in request.gateway.rules]}


@route("POST", "rules", body=Rule)
async def add_rule(request: ControlRequest) -> Any:
    """Put a rule in force before all others."""
    if wrong := [*unknown_paths(request.body.on, request.gateway.paths())]:
        raise body_problem(CheckError(wrong))
    try:
        return {"id": await request.gateway.rules.add(request.body)}
    except TooManyRulesError:
        detail = f"this world has {MOST_RULES:,} rules, no more fit; DELETE rules/ID frees one"
        raise Problem(429, "Too many rules", detail) from None


@route("DELETE", "rules")
async def delete_rules(request: ControlRequest) -> Any:
    """Remove every rule; a reset brings back those of the scenario."""
    names = [bound.id for bound in request.gateway.rules]
    await request.gateway.rules.remove(*names)
    return {"deleted": names}


@route("DELETE", "rules/{id}")
async def delete_rule(request: ControlRequest) -> Any:
    """Remove a rule."""
    name = request.names["id"]
    if not await request.gateway.rules.remove(name):
        known = [bound.id for bound in request.gateway.rules]
        near = did_you_mean(name, known)
        detail = f"there is no rule {name!r}{near} (rules: {some_of(known)})"
        raise Problem(404, "No such rule", detail)
    return {"deleted": name}


def _to_json(bound: Bound, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "id": bound.id,
        "calls": counts.get(bound.counter("calls"), 0),
        "acted": counts.get(bound.counter("acted"), 0),
        "posted": bound.stored.posted,
        "rule": values(json.decode(bound.stored.rule)),
    }
