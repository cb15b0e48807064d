"""The rules of a world: which are about a call, and which of those are due.

A rule bound to a code, a user or an app is found by that and never looked at for other calls, so a
thousand of them cost as much as one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, count

from msgspec import json

from ..core.call import Call
from ..core.entities import StoredRule, Tally
from ..core.paths import glob
from ..core.validation import check
from ..wechat import endpoints
from ..world.stores import StoreView
from ..world.world import World, WorldView
from .rule import Rule, Then, to_json
from .traits import appid_of, code_in, user_of

_Index = dict[str, list["Bound"]]
_ANY = frozenset("*")
MOST_RULES = 10_000
"""In one world, those of its scenario included."""
_STEP = 50
"""How many rules are made ready in one turn of the loop."""
_BINDINGS = ("js_code", "user", "appid")
"""What a rule may be bound to, the narrowest first."""


class Bound:
    """A rule in force: with its id, its place in the order, and what it looks at made ready."""

    __slots__ = (
        "_calls", "_headers", "_names", "_paths", "_queries", "begins", "place", "rule", "stored",
        "until",
    )  # fmt: skip

    def __init__(self, stored: StoredRule) -> None:
        self.stored = stored
        self.place = -1 - stored.number if stored.posted else stored.number
        """Outermost is least: the latest posted, then the scenario's as they stand there."""
        self.rule = rule = check(json.decode(stored.rule), Rule)
        self.begins = None if rule.begins is None else stored.since + rule.begins
        self.until = None
        if rule.lasts is not None:
            self.until = stored.since + (rule.begins or 0.0) + rule.lasts
        self._calls = self.counter("calls")
        self._names, self._paths = names_and_patterns(rule.endpoints)
        self._headers = _patterns(rule.when.header)
        self._queries = _patterns(rule.when.query)

    @property
    def id(self) -> str:
        """What hints and the control API call it."""
        return self.stored.id

    def counter(self, what: str) -> str:
        """The name of one of its counters in the store: `calls`, `acted` or `times`."""
        return f"rule {self.stored.number} {what}"

    def matches(self, endpoint: str, call: Call, shown: Mapping[str, str]) -> bool:
        """Whether the call is one of those the rule is about."""
        names, when = self._names, self.rule.when
        return (
            (endpoint in names or "*" in names or self._is_on(call.path))
            and (self.begins is None or self.begins <= call.now)
            and (self.until is None or call.now < self.until)
            and (not when.js_code or when.js_code == shown["js_code"])
            and (not when.user or when.user == shown["user"])
            and (not when.appid or when.appid == shown["appid"])
            and (when.connection_call is None or call.number_on_connection in when.connection_call)
            and (not self._headers or _fit(self._headers, call.headers))
            and (not self._queries or _fit(self._queries, call.params))
        )

    @property
    def names(self) -> frozenset[str]:
        """What it is found by: endpoints and paths, or `*` alone where it is on any or on many."""
        return _ANY if self._paths or "*" in self._names else self._names

    def _is_on(self, path: str) -> bool:
        return path in self._names or any(each.fullmatch(path) for each in self._paths)

    def due(self, world: WorldView) -> Then | None:
        """Count the call that got here; what is to happen to it, if anything."""
        rule, store = self.rule, world.store
        stored = store.get(StoredRule, self.id)
        if stored is None or stored.number != self.stored.number:
            return None  # removed while the call waited inside another, and its counters with it
        n = store.ticket(self._calls) or 0
        if rule.when.call is not None and n not in rule.when.call:
            return None
        if rule.chance < 1.0 and world.ids.chance(f"rule {self.id}", n) >= rule.chance:
            return None
        then = self._step(n)
        if then is None or not then.effects:
            return None
        if rule.times is not None and store.ticket(self.counter("times"), rule.times) is None:
            return None
        store.ticket(self.counter("acted"))
        return then

    def _step(self, n: int) -> Then | None:
        rule = self.rule
        if rule.sequence is None:
            return rule.then
        step = n - (rule.when.call.first if rule.when.call else 1)
        return rule.sequence[step] if step < len(rule.sequence) else None


class TooManyRulesError(Exception):
    """No further rule can be added; each one costs a little time in every call."""


class RuleBook:
    """Every rule in force in one world. They lie in its store; here they are ready for use."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules: list[Bound] = []
        self._on: _Index = {}
        self._bound: dict[str, _Index] = {}
        self._bindings: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __iter__(self) -> Iterator[Bound]:
        return iter(self._rules)

    async def load(self, rules: Iterable[Rule]) -> None:
        """Put a scenario's rules in force."""
        now, world, loaded = self._world.clock.now(), self._world, []
        for n, rule in enumerate(rules, 1):
            store = partial(_store, rule=rule, now=now, posted=False)
            loaded.append(Bound(await world.transact(store)))
            if n % _STEP == 0:
                await asyncio.sleep(0)
        self._put_in_force(loaded)

    async def add(self, rule: Rule) -> str:
        """Put a rule in force before all others; its id. TooManyRulesError at the limit."""
        if len(self._rules) >= MOST_RULES:
            raise TooManyRulesError
        now = self._world.clock.now()
        stored = await self._world.transact(lambda world: _store(world, rule, now, posted=True))
        self._put_in_force([Bound(stored), *self._rules])
        return stored.id

    async def unmatched(self) -> list[str]:
        """The ids of the rules that no call has got to so far."""
        counted = {tally.name for tally in await self._world.store.scan(Tally)}
        return [bound.id for bound in self._rules if bound.counter("calls") not in counted]

    async def remove(self, *names: str) -> bool:
        """End these rules; whether there were any."""
        wanted = set(names)
        gone = [bound for bound in self._rules if bound.id in wanted]
        found = await self._world.transact(lambda world: _remove(world, names, gone))
        self._put_in_force([bound for bound in self._rules if bound.id not in wanted])
        return found

    def reload(self) -> None:
        """Read the rules from the store again."""
        self._put_in_force(list(map(Bound, self._world.view.store.all(StoredRule))))

    def _put_in_force(self, rules: list[Bound]) -> None:
        self._rules = sorted(rules, key=_place)
        self._on, self._bound = {}, {}
        for bound in self._rules:
            self._enter(bound)
        self._bindings = frozenset(
            kind for kind in _BINDINGS for b in self._rules if getattr(b.rule.when, kind)
        )

    def _enter(self, bound: Bound) -> None:
        """Into the index, under the narrowest thing the rule is bound to."""
        for kind in _BINDINGS:
            if bound_to := getattr(bound.rule.when, kind):
                self._bound.setdefault(kind, {}).setdefault(bound_to, []).append(bound)
                return
        for name in bound.names:
            self._on.setdefault(name, []).append(bound)

    def matching(self, endpoint: str, call: Call, world: WorldView) -> list[Bound]:
        """The rules that are about this call, outermost first; not all of them need be due."""
        # What the call shows of the things that rules are bound to here, and no more.
        shown, kinds = {}, self._bindings
        if "js_code" in kinds or "user" in kinds:
            shown["js_code"] = code_in(call)
        if "user" in kinds:
            shown["user"] = call.user = user_of(world, shown["js_code"])
        if "appid" in kinds:
            shown["appid"] = appid_of(world, call)
        found = self.candidates(endpoint or call.path, shown)
        return found and [bound for bound in found if bound.matches(endpoint, call, shown)]

    def candidates(self, endpoint: str, shown: Mapping[str, str]) -> list[Bound]:
        """The rules worth asking about a call that shows these things, outermost first."""
        found: list[Bound] = []
        if self._on:
            found += (*self._on.get(endpoint, ()), *self._on.get("*", ()))
        for kind, bound_to in self._bound.items():
            if here := bound_to.get(shown[kind]):
                found += here
        if len(found) > 1:
            found.sort(key=_place)
        return found


def _store(world: WorldView, rule: Rule, now: float, *, posted: bool) -> StoredRule:
    """The rule as it now lies in the store, under an id of its own."""
    number = world.store.ticket("rule") or 0
    stored = StoredRule(_free_id(world.store, rule), number, now, to_json(rule), posted)
    world.store.put(stored)
    return stored


def _free_id(store: StoreView, rule: Rule) -> str:
    """The name as a slug, with a number where that is taken; r1, r2 … without a name."""
    names: Iterator[str] = (f"r{store.ticket('unnamed rule')}" for _ in count())
    if slug := _slug(rule.name):
        names = chain([slug], (f"{slug}-{n}" for n in count(2)))
    return next(name for name in names if store.get(StoredRule, name) is None)


def _remove(world: WorldView, names: Iterable[str], gone: Iterable[Bound]) -> bool:
    for bound in gone:
        for what in ("calls", "acted", "times"):
            world.store.delete(Tally, bound.counter(what))
    found = [world.store.delete(StoredRule, name) for name in names]
    return any(found)


def _place(bound: Bound) -> int:
    return bound.place


def _patterns(wanted: Mapping[str, str]) -> list[tuple[str, re.Pattern[str]]]:
    """A pattern for each value, in which `*` stands for anything."""
    return [(name, glob(value)) for name, value in wanted.items()]


def names_and_patterns(on: Iterable[str]) -> tuple[frozenset[str], list[re.Pattern[str]]]:
    """The endpoints by name, where a path stands for the one there; and the patterns of paths."""
    known = endpoints.load()
    patterns = [glob(each) for each in on if "*" in each and each != "*"]
    names = (known[each].name if each in known else each for each in on)
    return frozenset(each for each in names if "*" not in each or each == "*"), patterns


def _fit(patterns: list[tuple[str, re.Pattern[str]]], values: Mapping[str, str]) -> bool:
    for name, pattern in patterns:
        value = values.get(name)
        if value is None or not pattern.fullmatch(value):
            return False
    return True


def _slug(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:64]
