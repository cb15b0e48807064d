"""Where a world's state lies: the interfaces every store keeps, judged by one contract suite.

A call is one transaction: `Store.transact(work)` runs a plain function of a `StoreView`, and all
that it wrote is kept or nothing is. A store that lies elsewhere may run it several times, so the
function must do nothing but read and write its view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from ...core.entities import (
    App,
    ClockSetting,
    DeclaredEndpoint,
    Entity,
    Sanction,
    StoredRule,
    User,
)  # fmt: skip

E = TypeVar("E", bound=Entity)
T = TypeVar("T")
Key = tuple[type[Entity], str]
"""What an entity is found by: its class and its key."""

DECLARED: tuple[type[Entity], ...] = (
    App, User, StoredRule, ClockSetting, DeclaredEndpoint, Sanction,
)  # fmt: skip
"""What people declare, and the few sanctions. A store keeps all of it at hand, so it may be listed
and counted; what calls create may be a million, and is found by its key alone."""


class StoreView(Protocol):
    """What one transaction sees of a store. Nothing here waits."""

    def get(self, kind: type[E], key: str) -> E | None:
        """The entity of that kind and key, whether or not its time has come."""
        ...

    def put(self, entity: Entity) -> None:
        """Keep the entity, in place of any of its kind and key."""
        ...

    def delete(self, kind: type[Entity], key: str) -> bool:
        """Forget it; whether there was one."""
        ...

    def all(self, kind: type[E]) -> list[E]:
        """Every entity of a declared kind, oldest first."""
        ...

    def count(self, kind: type[Entity]) -> int:
        """How many of a declared kind there are."""
        ...

    def next(self, counter: str, n: int = 1) -> int:
        """The first of n numbers that nobody else gets. They only rise; some may stay unused."""
        ...

    def ticket(
        self, name: str, limit: int | None = None, window: int = 0, ends_at: float | None = None
    ) -> int | None:
        """The next of the numbers 1, 2, 3 … of a window, without a gap; None past the limit.

        It is taken for good at once, also if the transaction then fails. Once the window has ended,
        the store may forget how many there were.
        """
        ...


class Store(Protocol):
    """One world's entities and counters."""

    @property
    def at_hand(self) -> StoreView:
        """A view outside of any transaction, good for declared kinds only."""
        ...

    async def transact(self, work: Callable[[StoreView], T], reads: Sequence[Key] = ()) -> T:
        """What `work` answers, once all that it wrote is kept; an exception keeps nothing of it.

        `reads` names what it will look at, as far as that is known beforehand.
        """
        ...

    async def put_many(self, entities: Iterable[Entity]) -> None:
        """Keep many, as a scenario's users, with turns for others in between."""
        ...

    async def scan(self, kind: type[E]) -> list[E]:
        """Every entity of any kind, oldest first: for people who look, never for a call."""
        ...

    async def counters(self) -> dict[str, int]:
        """Every counter of `StoreView.next` that has moved."""
        ...

    async def replace(self, entities: Iterable[Entity], counters: dict[str, int]) -> None:
        """Forget everything, and keep these instead: nobody sees a part of them."""
        ...

    async def forget(self, limit: int) -> int:
        """Forget some of a store that nobody uses any more; about `limit` entities, or how many.

        0 once nothing is left. To forget a million at once would keep every call waiting.
        """
        ...

    async def drop_ended(self, now: float, limit: int) -> int:
        """Forget at most `limit` entities whose `drop_at` has passed; how many it looked at."""
        ...
