"""The app and the user that a call of the phone is about, and how such a call fails."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.entities import App, Code, LastLogin, User
from ..core.hints import not_declared
from ..core.scalars import AppIdOrEmpty, UserName
from ..wechat import apps, codes, users
from ..world.world import WorldView
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


def resolve_app(world: WorldView, appid: str, user: str = "") -> App:
    """The app that the call is about; a Problem if the world does not know it.

    If none is named and none is declared, it is the app that the user has last logged in to.
    """
    appid = appid or apps.first_appid(world) or _last_appid(world, user)
    if app := apps.find(world, appid):
        return app
    raise undeclared(world, App, appid, 422)


def _last_appid(world: WorldView, user: str) -> str:
    last = world.store.get(LastLogin, user)
    return (last.appid if last else "") or apps.SOME_APPID


def resolve_login_appid(world: WorldView, appid: str) -> str:
    """The app of a login code; `ANY_APP` if none is named and any app passes."""
    if not appid and not apps.are_declared(world):
        return codes.ANY_APP
    return resolve_app(world, appid).appid


def resolve_user(world: WorldView, name: str) -> User:
    """The user that the call is about; a Problem if the world does not know the name."""
    user = users.find(world, name) if name else None
    if user:
        return user
    raise undeclared(world, User, name, 422)


def refuse_taken(world: WorldView, text: str, now: float) -> None:
    """A Problem if a live code has this text already."""
    code = world.store.get(Code, text)
    if code is not None and not codes.is_dead(code, now):
        raise Problem(
            409,
            "Code taken",
            f"code {text!r} is waiting already, for {code.user!r} in {code.appid or 'any app'}: "
            "exchange it, choose another text, or give the test a world of its own (/w/NAME)",
        )


def undeclared(world: WorldView, kind: type[App] | type[User], name: str, status: int) -> Problem:
    """The problem document for an app or a user that is not declared."""
    declared = [each.key for each in world.store.all(kind)]
    noun = kind.__name__
    detail = not_declared(noun.lower(), name, declared, world.name)
    return Problem(status, f"{noun} not declared", detail)
