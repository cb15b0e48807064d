"""The rules of a world: which are due for a call, and the layers they make around it.

A rule bound to a code, a user or an app is found by that and never looked at for other calls, so a
thousand of them cost as much as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import count

from msgspec import json
from msgspec.structs import replace

from . import traits
from .acting import CODE, Refuse, act, read_script, why_no_script
from .call import Call, Outcome
from .checker import CheckError, check
from .effects import Proceed
from .endpoints import Endpoint
from .entities import StoredRule
from .errors import WeChatError
from .rules import Rule, Then, written
from .world import World

Slot = tuple[str, str]
_BINDINGS = ("js_code", "user", "appid")
"""What a rule may be bound to, the narrowest first."""


class Bound:
    """A rule in force: with its id, its place in the order, and what it looks at made ready."""

    __slots__ = ("_headers", "_queries", "place", "rule", "stored", "until")

    def __init__(self, stored: StoredRule, place: int) -> None:
        self.stored = stored
        self.place = place
        self.rule = rule = check(json.decode(stored.rule), Rule)
        self.until = None if rule.lasts is None else stored.since + rule.lasts
        self._headers = _patterns(rule.when.header)
        self._queries = _patterns(rule.when.query)

    @property
    def id(self) -> str:
        """What hints and the control API call it."""
        return self.stored.id

    @property
    def slots(self) -> list[Slot]:
        """Where the index keeps it: under the narrowest thing it is bound to."""
        for kind in _BINDINGS:
            if bound_to := getattr(self.rule.when, kind):
                return [(kind, bound_to)]
        return [("on", name) for name in set(self.rule.endpoints)]

    def counter(self, what: str) -> str:
        """The name of one of its counters in the store."""
        return f"rule {self.stored.number} {what}"

    def matches(self, endpoint: str, call: Call, shown: Mapping[str, str]) -> bool:
        """Whether the call is one of those the rule is about."""
        names, when = self.rule.endpoints, self.rule.when
        return (
            (endpoint in names or "*" in names)
            and (self.until is None or call.now < self.until)
            and all(getattr(when, kind) in ("", shown.get(kind)) for kind in _BINDINGS)
            and (when.connection_call is None or call.number_on_connection in when.connection_call)
            and _fit(self._headers, call.headers)
            and _fit(self._queries, call.params)
        )

    async def due(self, world: World) -> Then | None:
        """Count the call that got here; what is to happen to it, if anything."""
        rule = self.rule
        n = await world.store.next(self.counter("calls")) + 1
        if rule.when.call is not None and n not in rule.when.call:
            return None
        if rule.chance < 1.0 and world.ids.chance(f"rule {self.id}", n) >= rule.chance:
            return None
        then = self._step(n)
        if then is None or not then.effects or not await self._may_still(world):
            return None
        await world.store.next(self.counter("acted"))
        return then

    def _step(self, n: int) -> Then | None:
        rule = self.rule
        if rule.sequence is None:
            return rule.then
        step = n - (rule.when.call.first if rule.when.call else 1)
        return rule.sequence[step] if step < len(rule.sequence) else None

    async def _may_still(self, world: World) -> bool:
        times = self.rule.times
        return times is None or await world.store.next(self.counter("times")) < times


class RuleBook:
    """Every rule in force in one world. They lie in its store; here they are ready for use."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules: list[Bound] = []
        self._index: dict[Slot, list[Bound]] = {}
        self._bindings: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __iter__(self) -> Iterator[Bound]:
        return iter(self._rules)

    async def load(self, rules: Iterable[Rule]) -> None:
        """Put a scenario's rules in force, unless another replica has done so."""
        now = await self._world.clock.now()
        taken: set[str] = set()
        for rule in rules:
            taken.add(name := _free_id(rule, taken))
            await self._world.store.add(await self._stored(name, rule, now))
        await self.reload()

    async def add(self, rule: Rule) -> str:
        """Put a rule in force before all others; its id."""
        world = self._world
        now, taken = await world.clock.now(), {bound.id for bound in self._rules}
        stored = await self._stored(_free_id(rule, taken), rule, now)
        stored = replace(stored, posted=True)
        while not await world.store.add(stored):
            taken.add(stored.id)
            stored = replace(stored, id=_free_id(rule, taken))
        await self.reload()
        return stored.id

    async def remove(self, name: str) -> bool:
        """End a rule; whether there was one."""
        found = await self._world.store.delete(StoredRule, name)
        await self.reload()
        return found

    async def reload(self) -> None:
        """Read the rules from the store again: the latest posted first, the scenario's last."""
        stored = await self._world.store.all(StoredRule)
        posted = [each for each in reversed(stored) if each.posted]
        scenario = [each for each in stored if not each.posted]
        self._rules = [Bound(each, place) for place, each in enumerate([*posted, *scenario])]
        self._index = {}
        for bound in self._rules:
            for slot in bound.slots:
                self._index.setdefault(slot, []).append(bound)
        self._bindings = frozenset(
            kind for kind in _BINDINGS for b in self._rules if getattr(b.rule.when, kind)
        )

    async def around(
        self, endpoint: Endpoint, call: Call, proceed: Proceed, refuse: Refuse
    ) -> Outcome:
        """The call's outcome with every rule that is due around it."""
        call.subsystem = endpoint.subsystem
        shown = await self._traits(call)
        matching = [
            bound
            for bound in self.candidates(endpoint.name, shown)
            if bound.matches(endpoint.name, call, shown)
        ]
        return await self._layer(matching, call, proceed, refuse)

    async def script(
        self, endpoint: Endpoint, call: Call, then: bytes, proceed: Proceed, refuse: Refuse
    ) -> Outcome:
        """The call's outcome with the script of its code around it."""
        call.subsystem = endpoint.subsystem
        try:
            script = read_script(then)
        except CheckError as error:
            return await refuse(WeChatError(40029, why_no_script(error)))
        call.acted += (CODE,)
        return await act("the code's script", script, call, proceed, refuse, self._world)

    async def _stored(self, name: str, rule: Rule, now: float) -> StoredRule:
        number = await self._world.store.next("rule")
        return StoredRule(name, number, now, written(rule))

    async def _layer(
        self, rules: list[Bound], call: Call, proceed: Proceed, refuse: Refuse
    ) -> Outcome:
        """What is left of the rules around the call; one counts only calls that get to it."""
        for i, bound in enumerate(rules):
            if then := await bound.due(self._world):
                call.acted += (bound.id,)
                inner = partial(self._layer, rules[i + 1 :], call, proceed, refuse)
                return await act(f"rule {bound.id}", then, call, inner, refuse, self._world)
        return await proceed()

    def candidates(self, endpoint: str, shown: Mapping[str, str]) -> list[Bound]:
        """The rules worth asking about a call that shows these things, outermost first."""
        slots = [("on", endpoint), ("on", "*"), *shown.items()]
        found = [bound for slot in slots for bound in self._index.get(slot, ())]
        found.sort(key=_place)
        return found

    async def _traits(self, call: Call) -> dict[str, str]:
        """What the call shows of the things that rules are bound to here, and no more."""
        shown = {}
        if "js_code" in self._bindings:
            shown["js_code"] = traits.code_in(call)
        if "user" in self._bindings:
            shown["user"] = call.user = await traits.user_of(self._world, call)
        if "appid" in self._bindings:
            shown["appid"] = await traits.appid_of(self._world, call)
        return shown


def _place(bound: Bound) -> int:
    return bound.place


def _patterns(wanted: Mapping[str, str]) -> list[tuple[str, re.Pattern[str]]]:
    """A pattern for each value, in which `*` stands for anything."""
    return [
        (name, re.compile(".*".join(map(re.escape, value.split("*"))), re.DOTALL))
        for name, value in wanted.items()
    ]


def _fit(patterns: list[tuple[str, re.Pattern[str]]], values: Mapping[str, str]) -> bool:
    for name, pattern in patterns:
        value = values.get(name)
        if value is None or not pattern.fullmatch(value):
            return False
    return True


def _free_id(rule: Rule, taken: set[str]) -> str:
    slug = re.sub(r"[\W_]+", "-", rule.name.lower()).strip("-")[:64]
    if slug and slug not in taken:
        return slug
    names = (f"{slug}-{n}" if slug else f"r{n}" for n in count(2 if slug else 1))
    return next(name for name in names if name not in taken)
