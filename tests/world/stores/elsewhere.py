"""A database across a wire, played by dicts: it counts the rounds and loses races on purpose."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import cast

from emulator.core.entities import Entity, Tally
from emulator.world.stores import DECLARED, E, Key, Store
from emulator.world.stores.memory import MemoryStore
from emulator.world.stores.remote import Commit, Declared, Found, RemoteStore

ABSENT = Found(None, 0)


class LosingDatabase:
    """A `Database` in which of `loses` + 1 commits only the last counts: others were quicker."""

    def __init__(self, *, loses: int = 0, turns: bool = False) -> None:
        self.loses = loses
        self.turns = turns
        """Whether others get a turn during each round trip."""
        self.rounds: dict[str, int] = defaultdict(int)
        self._entities: dict[Key, Found] = {}
        self._versions = 0
        self._counters: dict[str, int] = defaultdict(int)
        self._revision = 0

    async def declared(self) -> tuple[int, Declared]:
        await self._round("declared")
        tables: dict[type[Entity], dict[str, Entity]] = {kind: {} for kind in DECLARED}
        for (kind, key), found in self._entities.items():
            if kind in DECLARED and found.entity is not None:
                tables[kind][key] = found.entity
        return self._revision, tables

    async def fetch(self, keys: Sequence[Key]) -> Mapping[Key, Found]:
        await self._round("fetch")
        found = {key: self._entities.get(key, ABSENT) for key in keys}
        for each in list(found.values()):
            for key in each.entity.refers if each.entity else ():
                found[key] = self._entities.get(key, ABSENT)
        return found

    async def commit(self, commit: Commit) -> bool:
        await self._round("commit")
        if self.rounds["commit"] % (self.loses + 1):
            return False
        if commit.revision != self._revision:
            return False
        if any(self._entities.get(k, ABSENT).version != n for k, n in commit.read.items()):
            return False
        for key, entity in commit.written.items():
            self._write(key, entity)
        return True

    async def draw(self, counter: str, n: int) -> int:
        await self._round("draw")
        self._counters[counter] += n
        return self._counters[counter] - n

    async def ticket(
        self, name: str, limit: int | None, window: int, ends_at: float | None
    ) -> int | None:
        await self._round("ticket")
        old = cast("Tally | None", self._entities.get((Tally, name), ABSENT).entity)
        count = old.count if old and old.window == window else 0
        if limit is not None and count >= limit:
            return None
        self._write((Tally, name), Tally(name, window, count + 1, ends_at))
        return count + 1

    async def put_many(self, entities: Iterable[Entity]) -> None:
        await self._round("put_many")
        for entity in entities:
            self._write((type(entity), entity.key), entity)

    async def scan(self, kind: type[E]) -> list[E]:
        await self._round("scan")
        found = [found.entity for (its, _), found in self._entities.items() if its is kind]
        return cast("list[E]", [entity for entity in found if entity is not None])

    async def counters(self) -> dict[str, int]:
        return dict(self._counters)

    async def replace(self, entities: Iterable[Entity], counters: dict[str, int]) -> None:
        for key in list(self._entities):
            self._write(key, None)
        self._counters = defaultdict(int, counters)
        await self.put_many(entities)

    async def drop_ended(self, now: float, limit: int) -> int:
        looked = 0
        for key, found in list(self._entities.items()):
            drop_at = found.entity.drop_at if found.entity else None
            if drop_at is not None and int(drop_at) < int(now) and looked < limit:
                looked += 1
                self._write(key, None)
        return looked

    async def _round(self, name: str) -> None:
        self.rounds[name] += 1
        if self.turns:
            await asyncio.sleep(0)

    def _write(self, key: Key, entity: Entity | None) -> None:
        self._versions += 1
        self._revision += key[0] in DECLARED
        if entity is None:
            self._entities.pop(key, None)
        else:
            self._entities[key] = Found(entity, self._versions)


def elsewhere(*, loses: int = 0, turns: bool = False) -> RemoteStore:
    """A store on such a database."""
    return RemoteStore(LosingDatabase(loses=loses, turns=turns))


STORES: dict[str, Callable[[], Store]] = {
    "memory": MemoryStore,
    "elsewhere": elsewhere,
    "elsewhere, losing": partial(elsewhere, loses=2),
}
"""Every store that the contract holds for. A new store is one more line."""
