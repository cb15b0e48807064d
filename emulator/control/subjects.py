"""The app and the user that a call of the phone is about, and how such a call fails."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.entities import App, Session, User
from ..core.hints import not_declared
from ..core.scalars import AppIdOrEmpty, UserName
from ..wechat import apps, codes, users
from ..world.world import World
from . import Problem


class UserInApp(Struct, kw_only=True, forbid_unknown_fields=True):
    """A user in an app: in the body of most calls of the phone."""

    appid: Annotated[
        AppIdOrEmpty,
        Meta(
            description="The app; empty is the first declared one, "
            "while none is declared that of the user's last login."
        ),
    ] = ""
    user: Annotated[UserName, Meta(description="The user's name.")] = "alice"


class Failure(Struct, frozen=True):
    """Why a call on the phone fails."""

    reason: str
    errno: int | None = None

    def to_json(self, api: str) -> dict[str, Any]:
        """The object that the fail callback of this API gets."""
        fields: dict[str, Any] = {"errMsg": f"{api}:fail {self.reason}"}
        return fields if self.errno is None else fields | {"errno": self.errno}


# The devtools print this number with the same words; a phone's own list of errno is not public.
TIMED_OUT = Failure("session time out, need relogin", -13001)


async def resolve_app(world: World, appid: str, user: str = "") -> App:
    """The app that the call is about; a Problem if the world does not know it.

    If none is named and none is declared, it is the app that the user has last logged in to.
    """
    appid = appid or await apps.first_appid(world) or await _last_appid(world, user)
    if app := await apps.find(world, appid):
        return app
    raise await undeclared(world, App, appid, 422)


async def _last_appid(world: World, user: str) -> str:
    of_user = [session for session in await world.store.all(Session) if session.user == user]
    latest = max(of_user, key=lambda session: session.renewed_at, default=None)
    return latest.appid if latest else apps.SOME_APPID


async def resolve_login_appid(world: World, appid: str) -> str:
    """The app of a login code; `ANY_APP` if none is named and any app passes."""
    if not appid and not await apps.are_declared(world):
        return codes.ANY_APP
    return (await resolve_app(world, appid)).appid


async def resolve_user(world: World, name: str) -> User:
    """The user that the call is about; a Problem if the world does not know the name."""
    user = await users.find(world, name) if name else None
    if user:
        return user
    raise await undeclared(world, User, name, 422)


async def undeclared(world: World, kind: type[App] | type[User], name: str, status: int) -> Problem:
    """The problem document for an app or a user that is not declared."""
    declared = [each.key for each in await world.store.all(kind)]
    noun = kind.__name__
    detail = not_declared(noun.lower(), name, declared, world.name)
    return Problem(status, f"{noun} not declared", detail)
