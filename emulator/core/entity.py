"""What every value in a store has in common."""

from __future__ import annotations

from msgspec import Struct


class Entity(Struct, frozen=True, gc=False):
    """A value in a store: found by its class and its `key`, dropped after `drop_at`."""

    @property
    def key(self) -> str:
        """What the store finds it by; no two entities of a class have the same."""
        raise NotImplementedError

    @property
    def drop_at(self) -> float | None:
        """When the store may drop it; None is never."""
        return None

    @property
    def refers(self) -> tuple[tuple[type[Entity], str], ...]:
        """What whoever reads this will read next, by class and key: a store may bring it along."""
        return ()
