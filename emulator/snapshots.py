"""A world's state as one document: taken, and put back."""

from __future__ import annotations

from typing import Any

from msgspec import ValidationError, convert, to_builtins

from .entities import KINDS, Entity
from .world import World

_VERSION = 1


class SnapshotError(ValueError):
    """A document that is not a snapshot of a world."""


async def take(world: World) -> dict[str, Any]:
    """Everything in the world's store, secrets included, as plain JSON values."""
    entities = {kind.__name__: to_builtins(await world.store.all(kind)) for kind in KINDS}
    return {
        "version": _VERSION,
        "seed": world.ids.seed,
        "counters": await world.store.counters(),
        "entities": entities,
    }


async def restore(world: World, document: Any) -> None:
    """Replace the world's store by the snapshot; SnapshotError leaves it as it was."""
    entities, counters = _read(document)
    await world.store.clear()
    await world.store.set_counters(counters)
    await world.store.put_many(entities)
    world.clock.wake()


def _read(document: Any) -> tuple[list[Entity], dict[str, int]]:
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise SnapshotError(f"expected what GET state answers, with version {_VERSION}")
    entities: list[Entity] = []
    try:
        for kind in KINDS:
            entities += convert(document["entities"].get(kind.__name__, []), list[kind])  # type: ignore[valid-type]
        return entities, convert(document["counters"], dict[str, int])
    except (ValidationError, KeyError, AttributeError) as error:
        raise SnapshotError(f"this is no snapshot: {error}") from None
