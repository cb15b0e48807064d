"""What WeChat holds against an app, its secret or a user: impose it, look, lift it."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.duration import Duration, lasting
from ..core.entities import Sanction
from ..core.hints import did_you_mean
from ..core.scalars import AppIdOrEmpty, UserName
from ..wechat import sanctions
from ..world.clock import rfc3339
from . import ControlRequest, Problem, route
from .subjects import resolve_app, resolve_user


class Freeze(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `sanctions/secret`."""

    appid: Annotated[
        AppIdOrEmpty, Meta(description="Whose secret; empty is the first declared app's.")
    ] = ""
    lasts: Annotated[
        Duration, Meta(description="For how long of the world's time; 10m if left out.")
    ] = lasting(600, "for")


class BanApp(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `sanctions/app`."""

    appid: Annotated[AppIdOrEmpty, Meta(description="The app; empty is the first declared.")] = ""
    lasts: Annotated[
        Duration, Meta(description="For how long of the world's time; 1d if left out.")
    ] = lasting(86400, "for")


class BanUser(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `sanctions/user`."""

    user: Annotated[UserName, Meta(description="The user's name.")] = "alice"
    lasts: Annotated[
        Duration, Meta(description="For how long of the world's time; 1d if left out.")
    ] = lasting(86400, "for")


@route("GET", "sanctions")
def list_sanctions(request: ControlRequest) -> Any:
    """Every sanction in force."""
    found = sanctions.in_force(request.world, request.now)
    return {"sanctions": [_to_json(each) for each in found]}


@route("POST", "sanctions/secret", body=Freeze)
def freeze_secret(request: ControlRequest) -> Any:
    """Freeze an app's secret: 40243 for tokens and logins."""
    return _impose(request, "secret", resolve_app(request.world, request.body.appid).appid)


@route("POST", "sanctions/app", body=BanApp)
def ban_app(request: ControlRequest) -> Any:
    """Ban an app: no access_token (50004), and its own are of no use (50002)."""
    return _impose(request, "app", resolve_app(request.world, request.body.appid).appid)


@route("POST", "sanctions/user", body=BanUser)
def ban_user(request: ControlRequest) -> Any:
    """Ban a user: no login in any app (40226)."""
    return _impose(request, "user", resolve_user(request.world, request.body.user).name)


@route("DELETE", "sanctions/{against}/{name}")
def lift_sanction(request: ControlRequest) -> Any:
    """Lift a sanction before its time."""
    against, name = request.names["against"], request.names["name"]
    if not sanctions.lift(request.world, against, name):
        found = sanctions.in_force(request.world, request.now)
        near = did_you_mean(f"{against}/{name}", [f"{s.against}/{s.name}" for s in found])
        detail = f"there is no sanction {against}/{name}{near} (GET sanctions lists them)"
        raise Problem(404, "No such sanction", detail)
    return {"deleted": f"{against}/{name}"}


def _impose(request: ControlRequest, against: sanctions.Against, name: str) -> Any:
    lasts = request.body.lasts
    return _to_json(sanctions.impose(request.world, against, name, request.now, lasts))


def _to_json(sanction: Sanction) -> dict[str, str]:
    return {
        "against": sanction.against,
        "name": sanction.name,
        "since": rfc3339(sanction.since),
        "until": rfc3339(sanction.ends_at),
    }
