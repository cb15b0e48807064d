"""The entities that a scenario puts into a world at its start."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import json

from ..core.entities import Code, DeclaredCodes, Entity, User
from ..core.fields import UserFields
from ..wechat.codes import ANY_APP
from ..world.behaviour import Behaviour
from .model import CodeEntry, Scenario

_USER_FIELDS = UserFields.__struct_fields__


def initial_entities(scenario: Scenario) -> tuple[Entity, ...]:
    """The declared apps, users and endpoints. Every world of the scenario has the same."""
    return (*scenario.apps, *_users(scenario), *scenario.endpoints)


def initial_codes(scenario: Scenario, behaviour: Behaviour, now: float) -> Iterator[Entity]:
    """The declared codes, and which are whose; `age` counts back from `now`."""
    first = scenario.apps[0].appid if scenario.apps else ANY_APP
    texts: dict[tuple[str, str], list[str]] = {}
    for entry in scenario.codes:
        code = _code(entry, entry.appid or first, behaviour, now)
        texts.setdefault((code.appid, code.user), []).append(code.code)
        yield code
    yield from (DeclaredCodes(*whose, tuple(theirs)) for whose, theirs in texts.items())


def _users(scenario: Scenario) -> Iterator[User]:
    for entry in scenario.users:
        if entry.name is not None:
            yield User(entry.name, **{name: getattr(entry, name) for name in _USER_FIELDS})
        elif entry.generate is not None:
            from ..wechat.people import make

            yield from make(scenario.seed, entry.prefix, entry.generate)


def _code(entry: CodeEntry, appid: str, behaviour: Behaviour, now: float) -> Code:
    issued_at = now - (entry.age or 0)
    lifetime = entry.expires_in
    if lifetime is None and entry.age is not None:
        lifetime = behaviour.code_expires_in
    expires_at = None if lifetime is None else issued_at + lifetime
    then = json.encode(entry.then.source) if entry.then else b""
    return Code(entry.code, appid, entry.user, issued_at, expires_at, then=then)
