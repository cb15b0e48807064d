"""What every store across a wire shares: a call runs on a local view, and its commit is compared.

`work` runs on what has been fetched. Where it asks for something else, that is fetched and it runs
again; where another process has changed what it read, the commit fails and all runs again. It meets
the same numbers and tickets in each run, so nothing is counted twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, cast

from msgspec import Struct

from ...core.entities import Entity
from . import DECLARED, E, Key, StoreView, T

_BLOCK = 100
"""How many unique numbers are drawn at once, so that most calls draw none."""
_TRIES = 1000
"""How often one call may lose its race before something else must be wrong."""

Declared = Mapping[type[Entity], Mapping[str, Entity]]


class Found(Struct, frozen=True):
    """An entity with its version in the database; `None` with version 0 is "not there"."""

    entity: Entity | None
    version: int


class Commit(Struct, frozen=True):
    """What one run has read and wants to write: all of it or nothing."""

    revision: int
    """Of what people declared, as the run saw it."""
    read: Mapping[Key, int]
    """Versions."""
    written: Mapping[Key, Entity | None]
    """None where it is to be forgotten."""


class Database(Protocol):
    """What a database must do for a store. Each call is one round trip, and atomic."""

    async def declared(self) -> tuple[int, Declared]:
        """The revision of what people declared, and all of it."""
        ...

    async def fetch(self, keys: Sequence[Key]) -> Mapping[Key, Found]:
        """The keys, and along with them what the found entities refer to."""
        ...

    async def commit(self, commit: Commit) -> bool:
        """Write, unless a version or the revision has moved; whether it was written."""
        ...

    async def draw(self, counter: str, n: int) -> int:
        """Raise the counter by n; its value before."""
        ...

    async def ticket(
        self, name: str, limit: int | None, window: int, ends_at: float | None
    ) -> int | None:
        """As `StoreView.ticket`."""
        ...

    async def put_many(self, entities: Iterable[Entity]) -> None:
        """As `Store.put_many`; a declared one raises the revision."""
        ...

    async def scan(self, kind: type[E]) -> list[E]:
        """As `Store.scan`."""
        ...

    async def counters(self) -> dict[str, int]:
        """As `Store.counters`."""
        ...

    async def replace(self, entities: Iterable[Entity], counters: dict[str, int]) -> None:
        """As `Store.replace`."""
        ...

    async def drop_ended(self, now: float, limit: int) -> int:
        """As `Store.drop_ended`."""
        ...


class _Missing(BaseException):
    """The run asked for something that is not here yet. No code of a call's catches this."""

    def __init__(self, fetch: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.fetch = fetch


class RemoteStore:
    """A `Store` on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.revision = -1
        self.declared: Declared = {}
        self.numbers: dict[str, list[int]] = {}
        """By counter: the next number of the block that was drawn, and the end of the block."""

    @property
    def at_hand(self) -> StoreView:
        """As in `Store`."""
        return _Run(self, _Call())

    async def transact(self, work: Callable[[StoreView], T], reads: Sequence[Key] = ()) -> T:
        """As in `Store`."""
        call = _Call()
        if self.revision < 0:
            await self._refresh()
        await self._fetch(call, reads)
        for _ in range(_TRIES):
            run, result = await self._run(call, work)
            if not run.written and call.rounds < 2:
                return result  # it saw one moment, and leaves no trace
            if await self.database.commit(Commit(self.revision, run.read, run.written)):
                if any(kind in DECLARED for kind, _ in run.written):
                    await self._refresh()
                return result
            await self._refresh()
            await self._fetch(call, [*run.read])
        raise TimeoutError("the store did not let a call through: others were always quicker")

    async def put_many(self, entities: Iterable[Entity]) -> None:
        """As in `Store`."""
        await self.database.put_many(entities)
        await self._refresh()

    async def scan(self, kind: type[E]) -> list[E]:
        """As in `Store`."""
        return await self.database.scan(kind)

    async def counters(self) -> dict[str, int]:
        """As in `Store`."""
        return await self.database.counters()

    async def replace(self, entities: Iterable[Entity], counters: dict[str, int]) -> None:
        """As in `Store`."""
        await self.database.replace(entities, counters)
        self.numbers.clear()
        await self._refresh()

    async def forget(self, limit: int) -> int:
        """As in `Store`."""
        await self.database.replace((), {})
        return 0

    async def drop_ended(self, now: float, limit: int) -> int:
        """As in `Store`."""
        return await self.database.drop_ended(now, limit)

    async def _run(self, call: _Call, work: Callable[[StoreView], T]) -> tuple[_Run, T]:
        """A run that found all it asked for."""
        while True:
            run = _Run(self, call)
            try:
                return run, work(run)
            except _Missing as missing:
                await missing.fetch()

    async def _fetch(self, call: _Call, keys: Sequence[Key]) -> None:
        if keys := [key for key in keys if key[0] not in DECLARED]:
            call.rounds += 1
            call.found.update(await self.database.fetch(keys))

    async def _refresh(self) -> None:
        self.revision, self.declared = await self.database.declared()


class _Call:
    """What one call has fetched and drawn so far, over all its runs."""

    def __init__(self) -> None:
        self.rounds = 0
        self.found: dict[Key, Found] = {}
        self.numbers: dict[str, list[int]] = defaultdict(list)
        self.tickets: dict[str, list[int | None]] = defaultdict(list)


class _Run:
    """The view of one run."""

    def __init__(self, store: RemoteStore, call: _Call) -> None:
        self._store = store
        self._call = call
        self._drawn: dict[str, int] = defaultdict(int)
        self._taken: dict[str, int] = defaultdict(int)
        self.read: dict[Key, int] = {}
        self.written: dict[Key, Entity | None] = {}

    def get(self, kind: type[E], key: str) -> E | None:
        """As in `StoreView`."""
        place: Key = (kind, key)
        if place in self.written:
            return cast("E | None", self.written[place])
        if kind in DECLARED:
            return cast("E | None", self._store.declared.get(kind, {}).get(key))
        if place not in self._call.found:
            raise _Missing(lambda: self._store._fetch(self._call, [place]))
        found = self._call.found[place]
        self.read[place] = found.version
        return cast("E | None", found.entity)

    def put(self, entity: Entity) -> None:
        """As in `StoreView`."""
        self.written[type(entity), entity.key] = entity

    def delete(self, kind: type[Entity], key: str) -> bool:
        """As in `StoreView`."""
        there = self.get(kind, key) is not None
        self.written[kind, key] = None
        return there

    def all(self, kind: type[E]) -> list[E]:
        """As in `StoreView`."""
        assert kind in DECLARED, f"{kind.__name__} may be a million: find it by its key"  # noqa: S101  # a defect of ours
        entities: dict[str, Entity | None] = {**self._store.declared.get(kind, {})}
        entities |= {key: new for (its, key), new in self.written.items() if its is kind}
        return cast("list[E]", [entity for entity in entities.values() if entity is not None])

    def count(self, kind: type[Entity]) -> int:
        """As in `StoreView`."""
        return len(self.all(kind))

    def next(self, counter: str, n: int = 1) -> int:
        """As in `StoreView`."""
        known, turn = self._call.numbers[counter], self._drawn[counter]
        if turn == len(known):
            block = self._store.numbers.get(counter, [0, 0])
            if block[1] - block[0] < n:
                raise _Missing(lambda: self._draw(counter, n))
            known.append(block[0])
            block[0] += n
        self._drawn[counter] += 1
        return known[turn]

    def ticket(
        self, name: str, limit: int | None = None, window: int = 0, ends_at: float | None = None
    ) -> int | None:
        """As in `StoreView`."""
        known, turn = self._call.tickets[name], self._taken[name]
        if turn == len(known):
            raise _Missing(lambda: self._take(name, limit, window, ends_at))
        self._taken[name] += 1
        return known[turn]

    async def _draw(self, counter: str, n: int) -> None:
        size = max(n, _BLOCK)
        first = await self._store.database.draw(counter, size)
        self._store.numbers[counter] = [first, first + size]

    async def _take(self, name: str, limit: int | None, window: int, ends_at: float | None) -> None:
        ticket = await self._store.database.ticket(name, limit, window, ends_at)
        self._call.tickets[name].append(ticket)
