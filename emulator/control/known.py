"""Whom a phone call is about, and how the phone says no."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from .. import apps, users
from ..entities import App, User
from ..hints import did_you_mean
from ..world import World
from . import Problem


class Who(Struct, kw_only=True, forbid_unknown_fields=True):
    """Names a user in an app."""

    appid: Annotated[str, Meta(description="The app; empty is the first declared one.")] = ""
    user: Annotated[str, Meta(description="The user's name.")] = "alice"


class Failure(Struct, frozen=True):
    """Why a call on the phone fails: what its fail callback gets."""

    reason: str
    errno: int | None = None

    def of(self, api: str) -> dict[str, Any]:
        """The fail callback's object."""
        fields: dict[str, Any] = {"errMsg": f"{api}:fail {self.reason}"}
        return fields if self.errno is None else fields | {"errno": self.errno}


# The devtools print this number with the same words; a phone's own list of errno is not public.
TIMED_OUT = Failure("session time out, need relogin", -13001)


async def known_app(world: World, appid: str) -> App:
    """The app a phone call is about; a Problem if the world does not know it."""
    appid = appid or await apps.default_appid(world)
    if app := await apps.find(world, appid):
        return app
    declared = [each.appid for each in await world.store.all(App)]
    detail = (
        f"appid {appid!r} is not declared in world {world.name!r} (declared: {', '.join(declared)})"
        if declared
        else f"appid: expected 'wx' and 16 lowercase hex digits, got {appid!r}"
    )
    raise Problem(422, "Unknown app", detail + did_you_mean(appid, declared))


async def known_user(world: World, name: str) -> User:
    """The user a phone call is about; a Problem if the world does not know one."""
    user = await users.find(world, name) if name else None
    if user:
        return user
    declared = [each.name for each in await world.store.all(User)]
    raise Problem(
        422,
        "Unknown user",
        f"user {name!r} is not declared in world {world.name!r} "
        f"(declared: {', '.join(declared[:20])})" + did_you_mean(name, declared),
    )
