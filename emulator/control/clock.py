"""The world's clock: show it, set it, move it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.duration import Shift
from ..world.clock import from_rfc3339, rfc3339
from ..world.stores import StoreView
from ..world.world import World
from . import ControlRequest, Problem, route
from .requests import waiting


class ClockBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where to set the clock, and whether it stands still."""

    at: Annotated[
        str | None, Meta(description="The time to set, with its offset; null keeps it.")
    ] = None
    frozen: Annotated[
        bool | None, Meta(description="Whether it stands still; null keeps that.")
    ] = None


class Advance(Struct, kw_only=True, forbid_unknown_fields=True):
    """How far to move the clock."""

    by: Annotated[Shift, Meta(description="How far; back if negative.")]


@route("GET", "clock")
def get_clock(request: ControlRequest) -> Any:
    """The world's time, and the calls that wait for theirs."""
    world = request.gateway.world
    return _state(world) | {"waiting": waiting(world)}


@route("PUT", "clock", body=ClockBody)
async def put_clock(request: ControlRequest) -> Any:
    """Set the world's time, freeze it or let it run."""
    body = request.body
    world = request.gateway.world
    try:
        at = None if body.at is None else from_rfc3339(body.at)
        await _set(world, lambda store: world.clock.set(store, at, frozen=body.frozen))
    except ValueError as error:
        came = "" if repr(body.at) in str(error) else f", got {body.at!r}"
        raise Problem(422, "Bad time", f"at: {error}{came}") from None
    return _state(world)


@route("POST", "clock/advance", body=Advance)
async def advance(request: ControlRequest) -> Any:
    """Move the world's time forward, or back with a negative duration."""
    world, by = request.gateway.world, request.body.by
    try:
        await _set(world, lambda store: world.clock.advance(store, by))
    except ValueError as error:
        raise Problem(422, "Bad time", f"by: {by} leads out of the calendar: {error}") from None
    return _state(world)


async def _set(world: World, change: Callable[[StoreView], None]) -> None:
    await world.transact(lambda view: change(view.store))
    world.clock.wake()


def _state(world: World) -> dict[str, Any]:
    frozen = world.clock.setting.frozen_at is not None
    return {"now": rfc3339(world.clock.now()), "frozen": frozen}
