"""A world's state as one document: taken, and put back."""

from __future__ import annotations

from base64 import b64decode
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, to_builtins

from .core.entities import KINDS, App, ClockSetting, Code, Entity, Session, StoredRule
from .core.hints import did_you_mean
from .core.validation import CheckError, check
from .rules.apply import read_script
from .rules.matching import Bound
from .wechat.scripted_codes import PREFIX
from .world.clock import check_time, machine_now
from .world.ids import Ids
from .world.world import World

_KEY_BYTES = 16
_KINDS = {kind.__name__: kind for kind in KINDS}


class SnapshotError(ValueError):
    """A document that is not a snapshot of a world."""


class Snapshot(Struct, forbid_unknown_fields=True, kw_only=True):
    """Everything a world's store holds, and the seed its ids come from."""

    version: Literal[1]
    seed: int
    counters: dict[str, Annotated[int, Meta(ge=0)]]
    entities: dict[str, list[dict[str, Any]]]


async def take(world: World) -> dict[str, Any]:
    """Everything in the world's store, secrets included, as plain JSON values."""
    entities = {name: to_builtins(await world.store.scan(kind)) for name, kind in _KINDS.items()}
    # Also where no one has set the clock: the world it goes back to may have started elsewhere.
    entities["ClockSetting"] = [to_builtins(world.clock.setting)]
    counters = await world.store.counters()
    snapshot = Snapshot(version=1, seed=world.ids.seed, counters=counters, entities=entities)
    document: dict[str, Any] = to_builtins(snapshot)
    return document


async def restore(world: World, document: Any) -> None:
    """Replace the world's state by the snapshot; SnapshotError leaves it as it was."""
    try:
        snapshot = check(document, Snapshot)
    except CheckError as error:
        raise SnapshotError(f"expected what GET state answers: {error}") from None
    entities = [
        entity for name, rows in snapshot.entities.items() for entity in _entities(name, rows)
    ]
    await world.store.replace(entities, snapshot.counters)
    world.view.ids = Ids(snapshot.seed, world.name)
    world.clock.wake()


def _entities(name: str, rows: list[dict[str, Any]]) -> list[Entity]:
    kind = _KINDS.get(name)
    if kind is None:
        known = ", ".join(_KINDS)
        near = did_you_mean(name, _KINDS)
        raise SnapshotError(f"entities: expected {known}, got {name!r}{near}")
    try:
        entities: list[Entity] = check(rows, list[kind])  # type: ignore[valid-type]
        for entity in entities:
            _check_use(entity)
    except (ValueError, OverflowError, RecursionError) as error:
        raise SnapshotError(f"entities.{name}: {error}") from None
    return entities


def _check_use(entity: Entity) -> None:
    """What a type cannot say: times end, networks are networks, scripts and rules are written."""
    int(entity.drop_at or 0)
    match entity:
        case App(ip_whitelist=networks):
            for each in networks:
                ip_network(each, strict=False)
        case StoredRule():
            Bound(entity)
        case Code(code=text, then=script) if script and not text.startswith(PREFIX):
            # A backend may have sent an `emu.` code with any words; they are 40029 when used.
            read_script(script)
        case Session(opened_at=at, session_key=key):
            check_time(at)
            if len(b64decode(key, validate=True)) != _KEY_BYTES:
                raise ValueError(f"expected a session_key of {_KEY_BYTES} bytes in base64")
        case ClockSetting(offset=offset, frozen_at=at):
            check_time(machine_now() + offset if at is None else at)
