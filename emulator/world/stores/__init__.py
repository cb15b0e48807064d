"""The interface of a store, which keeps a world's state; one test suite checks every store."""

from __future__ import annotations

from typing import Protocol, TypeVar

from ...core.entities import Entity

E = TypeVar("E", bound=Entity)


class Store(Protocol):
    """One world's entities and counters. Each call is atomic."""

    async def get(self, kind: type[E], key: str) -> E | None:
        """The entity of that kind and key, whether or not its time has come."""
        ...

    async def put(self, entity: Entity) -> None:
        """Keep the entity, in place of any of its kind and key."""
        ...

    async def put_many(self, entities: list[Entity]) -> None:
        """Keep many at once."""
        ...

    async def add(self, entity: Entity) -> bool:
        """Keep the entity unless one of its kind and key lies there; whether it was kept."""
        ...

    async def swap(self, old: Entity, new: Entity) -> bool:
        """Put `new` if `old` is still what lies there; who gets False has lost a race."""
        ...

    async def delete(self, kind: type[Entity], key: str) -> bool:
        """Forget it; whether there was one."""
        ...

    async def all(self, kind: type[E]) -> list[E]:
        """Every entity of the kind, oldest first."""
        ...

    async def count(self, kind: type[Entity]) -> int:
        """How many of the kind there are."""
        ...

    async def next(self, counter: str, n: int = 1) -> int:
        """Raise the counter by `n` and give its value before: the first of n fresh numbers."""
        ...

    async def counters(self) -> dict[str, int]:
        """Every counter that has moved."""
        ...

    async def set_counters(self, counters: dict[str, int]) -> None:
        """Put the counters back to a snapshot's values."""
        ...

    async def drop_ended(self, now: float, limit: int) -> int:
        """Forget at most `limit` entities whose `drop_at` has passed; how many it looked at."""
        ...

    async def clear(self) -> None:
        """Forget everything, counters too."""
        ...
