"""Snapshots: a world's whole state as one document, and back."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, Struct, json

from .core.entities import (
    KINDS,
    ClockSetting,
    Code,
    DeclaredEndpoint,
    Entity,
    LastLogin,
    Sanction,
    Session,
    StoredRule,
)  # fmt: skip
from .core.hints import Nearest
from .core.json_decoding import decode_json
from .core.validation import CheckError, Mistake, check, check_in_steps, garbage_collector_paused
from .core.wording import Path, describe_value
from .rules.apply import read_script
from .rules.matching import Bound
from .wechat.endpoints import built_in
from .wechat.scripted_codes import PREFIX
from .world.clock import check_time, machine_now
from .world.ids import Ids
from .world.world import World

T = TypeVar("T")
_KEY_BYTES = 16
_KEY = f"{_KEY_BYTES} bytes in base64"
_STEP = 500
"""How many entities are written in one turn of the loop."""
_CALENDAR = "a time in the years 1 to 9998"
_KINDS = {kind.__name__: kind for kind in KINDS}


class Snapshot(Struct, forbid_unknown_fields=True, kw_only=True):
    """Everything a world's store holds, and the seed its ids come from."""

    version: Literal[1]
    seed: int
    counters: dict[str, Annotated[int, Meta(ge=0)]]
    entities: dict[str, list[dict[str, Any]]]


async def take(world: World) -> Iterator[bytes]:
    """Everything in the world's store, secrets included, as JSON in pieces.

    All of it is as it was at one moment, however long the pieces take: no entity ever changes.
    """
    entities = {name: await world.store.scan(kind) for name, kind in _KINDS.items()}
    # Also where no one has set the clock: the world it goes back to may have started elsewhere.
    entities["ClockSetting"] = [world.clock.setting]
    counters = await world.store.counters()
    snapshot = Snapshot(version=1, seed=world.ids.seed, counters=counters, entities={})
    return _pieces(snapshot, entities)


def _pieces(snapshot: Snapshot, entities: Mapping[str, Sequence[Entity]]) -> Iterator[bytes]:
    yield json.encode(snapshot).removesuffix(b"}}")
    for n, (name, rows) in enumerate(entities.items()):
        yield b'%b"%b":[' % (b"," if n else b"", name.encode())
        for start in range(0, len(rows), _STEP):
            part = json.encode(rows[start : start + _STEP])[1:-1]
            yield b"," + part if start else part
        yield b"]"
    yield b"}}"


class Restored(Struct):
    """A snapshot that was read and found good."""

    seed: int
    counters: dict[str, int]
    entities: list[Entity]


def read(content: bytes) -> Restored:
    """The snapshot in some JSON; an error of NOT_JSON or a CheckError if it is none.

    It may take seconds for a big one, and touches no world.
    """
    with garbage_collector_paused():
        snapshot = check(decode_json(content), Snapshot)
        rows = snapshot.entities.items()
        entities = [entity for name, of_kind in rows for entity in _entities(name, of_kind)]
        _free_in_steps(rows)
    return Restored(snapshot.seed, snapshot.counters, entities)


def _free_in_steps(rows: Iterable[tuple[str, list[dict[str, Any]]]]) -> None:
    """All at once, it would keep every other thread waiting."""
    for _, of_kind in rows:
        while of_kind:
            del of_kind[-_STEP:]


async def restore(world: World, restored: Restored) -> None:
    """Replace the world's state by the snapshot, in one moment."""
    await world.store.replace(restored.entities, restored.counters)
    world.view.ids = Ids(restored.seed, world.name)
    world.clock.wake()


def _entities(name: str, rows: list[dict[str, Any]]) -> list[Entity]:
    path: Path = ("entities", name)
    kind = _KINDS.get(name)
    if kind is None:
        expected, near = "one of " + ", ".join(_KINDS), Nearest(name, _KINDS)
        raise CheckError([Mistake(path, expected, f"the unknown key {name!r}", near, at_key=True)])
    try:
        entities: list[Entity] = check_in_steps(rows, kind)
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
        case DeclaredEndpoint(path=text) if wrong := [*built_in(text)]:
            raise CheckError(wrong).under(path)
        case Code():
            _check_code(entity, path)
        case Sanction(since=since, ends_at=ends_at):
            _require((*path, "since"), since, _CALENDAR, check_time)
            _require((*path, "ends_at"), ends_at, _CALENDAR, check_time)
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
