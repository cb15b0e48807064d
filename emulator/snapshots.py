"""Snapshots: a world's whole state as one document, and back."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from math import isfinite
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, Struct, to_builtins

from .core.entities import KINDS, ClockSetting, Code, Entity, LastLogin, Session, StoredRule
from .core.hints import nearest
from .core.validation import CheckError, Mistake, check
from .core.wording import Path, describe_value
from .rules.apply import read_script
from .rules.matching import Bound
from .wechat.scripted_codes import PREFIX
from .world.clock import check_time, machine_now
from .world.ids import Ids
from .world.world import World

T = TypeVar("T")
_KEY_BYTES = 16
_KEY = f"{_KEY_BYTES} bytes in base64"
_CALENDAR = "a time in the years 1 to 9998"
_KINDS = {kind.__name__: kind for kind in KINDS}


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
    """Replace the world's state by the snapshot; CheckError leaves it as it was."""
    snapshot = check(document, Snapshot)
    entities = [
        entity for name, rows in snapshot.entities.items() for entity in _entities(name, rows)
    ]
    await world.store.replace(entities, snapshot.counters)
    world.view.ids = Ids(snapshot.seed, world.name)
    world.clock.wake()


def _entities(name: str, rows: list[dict[str, Any]]) -> list[Entity]:
    path: Path = ("entities", name)
    kind = _KINDS.get(name)
    if kind is None:
        expected, near = "one of " + ", ".join(_KINDS), nearest(name, _KINDS)
        raise CheckError([Mistake(path, expected, f"the unknown key {name!r}", near, at_key=True)])
    try:
        entities: list[Entity] = check(rows, list[kind])  # type: ignore[valid-type]
        for i, entity in enumerate(entities):
            _check_use(entity, (i,))
    except CheckError as error:
        raise error.under(path) from None
    return entities


def _check_use(entity: Entity, path: Path) -> None:
    """CheckError for what no type can say: an end, a rule or a key that cannot be used."""
    if not isfinite(entity.drop_at or 0):
        raise CheckError([Mistake(path, "an end that a clock can show", str(entity.drop_at))])
    match entity:
        case StoredRule(rule=rule):
            _require((*path, "rule"), rule, "a rule as JSON", lambda _: Bound(entity))
        case Code():
            _check_code(entity, path)
        case Session(opened_at=at, session_key=key):
            _require((*path, "opened_at"), at, _CALENDAR, check_time)
            _require((*path, "session_key"), key, _KEY, _check_key)
        case LastLogin(unclaimed=Session() as unclaimed):
            _check_use(unclaimed, (*path, "unclaimed"))
        case ClockSetting(offset=offset, frozen_at=None):
            _require((*path, "offset"), machine_now() + offset, _CALENDAR, check_time)
        case ClockSetting(frozen_at=float(at)):
            _require((*path, "frozen_at"), at, _CALENDAR, check_time)


def _check_code(code: Code, path: Path) -> None:
    # A backend may have sent an `emu.` code with any words; they are 40029 when used.
    if code.then and not code.code.startswith(PREFIX):
        _require((*path, "then"), code.then, "effects as JSON, in base64", read_script)
    if code.session_key:
        _require((*path, "session_key"), code.session_key, _KEY, _check_key)


def _require(path: Path, value: T, expected: str, use: Callable[[T], object]) -> None:
    """CheckError at this path unless the value can be used so."""
    try:
        use(value)
    except CheckError as error:
        raise error.under(path) from None
    except (ValueError, OverflowError, RecursionError):
        raise CheckError([Mistake(path, expected, describe_value(value))]) from None


def _check_key(key: str) -> None:
    if len(b64decode(key, validate=True)) != _KEY_BYTES:
        raise ValueError
