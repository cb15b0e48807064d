"""Whom a phone call is about, and how the phone says no."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.entities import App, LastLogin, User
from ..core.hints import did_you_mean
from ..wechat import apps, codes, users
from ..world.world import WorldView
from . import Problem


class Who(Struct, kw_only=True, forbid_unknown_fields=True):
    """Names a user in an app."""

    appid: Annotated[
        str,
        Meta(
            description="The app; empty is the first declared one, "
            "while none is declared that of the user's last login."
        ),
    ] = ""
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


def known_app(world: WorldView, appid: str, user: str = "") -> App:
    """The app a phone call is about; a Problem if the world does not know it.

    Where none is named and none declared, it is the one the user has last logged in to.
    """
    appid = appid or apps.first_appid(world) or _last_appid(world, user)
    if app := apps.find(world, appid):
        return app
    declared = [each.appid for each in world.store.all(App)]
    detail = (
        f"appid {appid!r} is not declared in world {world.name!r} (declared: {', '.join(declared)})"
        if declared
        else f"appid: expected 'wx' and 16 lowercase hex digits, got {appid!r}"
    )
    raise Problem(422, "Unknown app", detail + did_you_mean(appid, declared))


def _last_appid(world: WorldView, user: str) -> str:
    last = world.store.get(LastLogin, user)
    return last.appid if last else apps.SOME_APPID


def app_of_a_login(world: WorldView, appid: str) -> str:
    """The app a login code is for: any, where none is named and any passes."""
    if not appid and not apps.are_declared(world):
        return codes.ANY_APP
    return known_app(world, appid).appid


def known_user(world: WorldView, name: str) -> User:
    """The user a phone call is about; a Problem if the world does not know one."""
    user = users.find(world, name) if name else None
    if user:
        return user
    declared = [each.name for each in world.store.all(User)]
    raise Problem(
        422,
        "Unknown user",
        f"user {name!r} is not declared in world {world.name!r} "
        f"(declared: {', '.join(declared[:20])})" + did_you_mean(name, declared),
    )
