"""The store of a single process: dicts, and buckets by the second for what ends."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ParamSpec, cast

from ...core.entities import KINDS, Entity, Tally
from . import E, Key, StoreView, T

P = ParamSpec("P")
_Table = dict[str, Entity]
_STEP = 1000
"""How many entities are kept in one turn: a few milliseconds."""


class MemoryStore:
    """A `Store` in this process's memory, and the view that its transactions have.

    A transaction runs at once. Nothing can come between its steps, because none of them waits.
    """

    def __init__(self) -> None:
        self._tables: dict[type[Entity], _Table] = {kind: {} for kind in KINDS}
        self._counters: dict[str, int] = defaultdict(int)
        # A bucket holds what ends within one second; the heap says which second is next. One FIFO
        # would stall as soon as lifetimes mix, and a sweep over all would stall the request path.
        # A bucket is a dict of None, not a list or set: those the garbage collector walks through
        # (60 ms for a million codes), while it never looks into a dict that holds only texts.
        self._buckets: dict[tuple[int, type[Entity]], dict[str, None]] = {}
        self._seconds: list[tuple[int, int, type[Entity]]] = []
        self._replaced: list[tuple[_Table, str, Entity | None]] = []
        """What lay where the running transaction has written."""
        self._taken: list[tuple[str, Tally | None]] = []
        """What counted the tickets that the running transaction took, before it took them."""
        self._replaced_whole: list[MemoryStore] = []
        """What `replace` took the place of, as far as it is not forgotten yet."""

    @property
    def at_hand(self) -> StoreView:
        """As in `Store`; here everything is at hand."""
        return self

    async def transact(self, work: Callable[[StoreView], T], reads: Sequence[Key] = ()) -> T:
        """As in `Store`."""
        return self.transact_now(work, self)

    def transact_now(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """The same without a wait, for work that has this store as its view already."""
        self._replaced.clear()
        self._taken.clear()
        try:
            return work(*args, **more)
        except BaseException:
            for table, key, entity in reversed(self._replaced):
                if entity is None:
                    table.pop(key, None)
                else:
                    table[key] = entity
            raise

    def try_now(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """As `transact_now`, for work that runs anew if it fails: its tickets are given back."""
        try:
            return self.transact_now(work, *args, **more)
        except BaseException:
            table = self._tables[Tally]
            for name, before in reversed(self._taken):
                if before is None:
                    table.pop(name, None)
                else:
                    table[name] = before
            raise

    def get(self, kind: type[E], key: str) -> E | None:
        """As in `StoreView`."""
        return self._tables[kind].get(key)  # type: ignore[return-value]  # a kind has its own table

    def put(self, entity: Entity) -> None:
        """As in `StoreView`."""
        table, key = self._tables[type(entity)], entity.key
        before = table.get(key)
        self._replaced.append((table, key, before))
        table[key] = entity
        drop_at = entity.drop_at
        if drop_at is not None and (before is None or before.drop_at != drop_at):
            self._drop_later(entity, key, drop_at)

    def delete(self, kind: type[Entity], key: str) -> bool:
        """As in `StoreView`."""
        table = self._tables[kind]
        before = table.pop(key, None)
        self._replaced.append((table, key, before))
        return before is not None

    def all(self, kind: type[E]) -> list[E]:
        """As in `StoreView`."""
        return cast("list[E]", list(self._tables[kind].values()))

    def count(self, kind: type[Entity]) -> int:
        """As in `StoreView`."""
        return len(self._tables[kind])

    def next(self, counter: str, n: int = 1) -> int:
        """As in `StoreView`."""
        first = self._counters[counter]
        self._counters[counter] = first + n
        return first

    def ticket(
        self, name: str, limit: int | None = None, window: int = 0, ends_at: float | None = None
    ) -> int | None:
        """As in `StoreView`."""
        table = self._tables[Tally]
        last = cast("Tally | None", table.get(name))
        count = last.count if last is not None and last.window == window else 0
        if limit is not None and count >= limit:
            return None
        self._taken.append((name, last))
        tally = table[name] = Tally(name, window, count + 1, ends_at)
        if ends_at is not None and (last is None or last.drop_at != ends_at):
            self._drop_later(tally, name, ends_at)
        return count + 1

    async def put_many(self, entities: Iterable[Entity]) -> None:
        """As in `Store`."""
        for n, entity in enumerate(entities, 1):
            if n % _STEP == 0:
                await asyncio.sleep(0)
            key, drop_at = entity.key, entity.drop_at
            self._tables[type(entity)][key] = entity
            if drop_at is not None:
                self._drop_later(entity, key, drop_at)

    async def scan(self, kind: type[E]) -> list[E]:
        """As in `Store`."""
        return self.all(kind)

    async def counters(self) -> dict[str, int]:
        """As in `Store`."""
        return dict(self._counters)

    async def replace(self, entities: Iterable[Entity], counters: dict[str, int]) -> None:
        """As in `Store`."""
        new, old = MemoryStore(), MemoryStore()
        new._counters.update(counters)
        await new.put_many(entities)
        old.__dict__.update(self.__dict__)
        new._replaced_whole = [*old._replaced_whole, old]
        old._replaced_whole = []
        self.__dict__.update(new.__dict__)

    async def forget(self, limit: int) -> int:
        """As in `Store`."""
        forgotten = 0
        tables: list[dict[str, Any]] = [*self._tables.values(), *self._buckets.values()]
        for table in tables:
            n = min(limit - forgotten, len(table))
            for _ in range(n):
                table.popitem()
            forgotten += n
        return forgotten

    async def drop_ended(self, now: float, limit: int) -> int:
        """As in `Store`."""
        looked = await self._forget_replaced(limit)
        while looked < limit and self._seconds and self._seconds[0][0] < int(now):
            second, _, kind = self._seconds[0]
            bucket = self._buckets[second, kind]
            table = self._tables[kind]
            while bucket and looked < limit:
                looked += 1
                key, _ = bucket.popitem()
                # Replaced since by one that lives longer, and so in a later bucket too?
                if (entity := table.get(key)) and _ended(entity, now):
                    del table[key]
            if not bucket:
                heapq.heappop(self._seconds)
                del self._buckets[second, kind]
        return looked

    async def _forget_replaced(self, limit: int) -> int:
        forgotten = 0
        while self._replaced_whole and not forgotten:
            forgotten = await self._replaced_whole[-1].forget(limit)
            if not forgotten:
                self._replaced_whole.pop()
        return forgotten

    def _drop_later(self, entity: Entity, key: str, drop_at: float) -> None:
        kind = type(entity)
        place = (int(drop_at), kind)
        bucket = self._buckets.get(place)
        if bucket is None:
            bucket = self._buckets[place] = {}
            heapq.heappush(self._seconds, (place[0], KINDS.index(kind), kind))
        bucket[key] = None


def _ended(entity: Entity, now: float) -> bool:
    return entity.drop_at is not None and entity.drop_at <= now
