"""The store of a single process: dicts, and buckets by the second for what ends."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import cast

from ...core.entities import KINDS, Entity
from . import E


class MemoryStore:
    """A `Store` in this process's memory.

    No method awaits anything, so each is atomic among the tasks of one event loop.
    """

    def __init__(self) -> None:
        self._tables: dict[type[Entity], dict[str, Entity]] = {kind: {} for kind in KINDS}
        self._counters: dict[str, int] = defaultdict(int)
        # A bucket holds what ends within one second; the heap says which second is next. One FIFO
        # would stall as soon as lifetimes mix, and a sweep over all would stall the request path.
        # A bucket is a dict of None, not a list or set: those the garbage collector walks through
        # (60 ms for a million codes), while it never looks into a dict that holds only texts.
        self._buckets: dict[tuple[int, type[Entity]], dict[str, None]] = {}
        self._seconds: list[tuple[int, int, type[Entity]]] = []

    async def get(self, kind: type[E], key: str) -> E | None:
        """As in `Store`."""
        return self._tables[kind].get(key)  # type: ignore[return-value]  # a kind has its own table

    async def put(self, entity: Entity) -> None:
        """As in `Store`."""
        self._put(entity)

    async def put_many(self, entities: list[Entity]) -> None:
        """As in `Store`."""
        for entity in entities:
            self._put(entity)

    async def add(self, entity: Entity) -> bool:
        """As in `Store`."""
        if entity.key in self._tables[type(entity)]:
            return False
        self._put(entity)
        return True

    async def swap(self, old: Entity, new: Entity) -> bool:
        """As in `Store`."""
        table = self._tables[type(old)]
        key = old.key
        if table.get(key) is not old and table.get(key) != old:
            return False
        if old.drop_at == new.drop_at:
            table[key] = new  # already in the right bucket
        else:
            self._put(new)
        return True

    async def delete(self, kind: type[Entity], key: str) -> bool:
        """As in `Store`."""
        return self._tables[kind].pop(key, None) is not None

    async def all(self, kind: type[E]) -> list[E]:
        """As in `Store`."""
        return cast("list[E]", list(self._tables[kind].values()))

    async def count(self, kind: type[Entity]) -> int:
        """As in `Store`."""
        return len(self._tables[kind])

    async def next(self, counter: str, n: int = 1) -> int:
        """As in `Store`."""
        first = self._counters[counter]
        self._counters[counter] = first + n
        return first

    async def counters(self) -> dict[str, int]:
        """As in `Store`."""
        return dict(self._counters)

    async def set_counters(self, counters: dict[str, int]) -> None:
        """As in `Store`."""
        self._counters = defaultdict(int, counters)

    async def drop_ended(self, now: float, limit: int) -> int:
        """As in `Store`."""
        looked = 0
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

    async def clear(self) -> None:
        """As in `Store`."""
        self.__init__()  # type: ignore[misc]  # wiping is starting over

    def _put(self, entity: Entity) -> None:
        kind = type(entity)
        key = entity.key
        self._tables[kind][key] = entity
        drop_at = entity.drop_at
        if drop_at is None:
            return
        place = (int(drop_at), kind)
        bucket = self._buckets.get(place)
        if bucket is None:
            bucket = self._buckets[place] = {}
            heapq.heappush(self._seconds, (place[0], KINDS.index(kind), kind))
        bucket[key] = None


def _ended(entity: Entity, now: float) -> bool:
    return entity.drop_at is not None and entity.drop_at <= now
