"""Apps and users: declare, show and delete them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.entities import App, Payment, User
from ..core.hints import did_you_mean
from ..core.masking import mask
from ..wechat import apps, users
from ..world.world import World
from . import ControlRequest, Problem, route


class AppBody(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An app's fields beside its appid."""

    secret: Annotated[
        str,
        Meta(
            description="What the backend must send; WeChat's has 32 hex digits; empty accepts any."
        ),
    ] = ""
    open_platform: Annotated[str, Meta(description="Apps of one account share unionids.")] = ""
    ip_whitelist: Annotated[list[str], Meta(description="Addresses and CIDR networks.")] = []
    platforms: Annotated[
        dict[str, str],
        Meta(description="component_appid: component_access_token of who may log in for it."),
    ] = {}


class UserBody(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A user's fields beside the name."""

    nickname: Annotated[str, Meta(description="As others see it.")] = ""
    gender: Annotated[int, Meta(description="0 unknown, 1 male, 2 female.")] = 0
    language: Annotated[str, Meta(description="As zh_CN.")] = "zh_CN"
    city: Annotated[str, Meta(description="In the old full profile.")] = ""
    province: Annotated[str, Meta(description="In the old full profile.")] = ""
    country: Annotated[str, Meta(description="In the old full profile.")] = ""
    avatar_url: Annotated[str, Meta(description="The picture.")] = ""
    phone: Annotated[str, Meta(description="The national number.")] = ""
    country_code: Annotated[str, Meta(description="Before the national number.")] = "86"
    follows: Annotated[
        bool, Meta(description="Whether they follow a sibling account: the older unionid rule.")
    ] = True
    openids: Annotated[
        dict[str, str], Meta(description="appid: openid, where the derived one will not do.")
    ] = {}
    unionid: Annotated[str, Meta(description="Where the derived one will not do.")] = ""
    payments: Annotated[
        tuple[Payment, ...], Meta(description="What getpaidunionid finds them by.")
    ] = ()


@route("GET", "apps")
async def list_apps(request: ControlRequest) -> Any:
    """Every declared app."""
    world = request.gateway.world
    return {"apps": [_app_to_json(app) for app in await world.store.all(App)]}


@route("GET", "apps/{appid}")
async def get_app(request: ControlRequest) -> Any:
    """One app."""
    world, appid = request.gateway.world, request.names["appid"]
    if app := await apps.find(world, appid):
        return _app_to_json(app)
    raise await _no_app(world, appid)


@route("PUT", "apps/{appid}", body=AppBody)
async def put_app(request: ControlRequest) -> Any:
    """Declare an app. As soon as one is declared, only declared apps pass."""
    appid = request.names["appid"]
    if not apps.APPID.fullmatch(appid):
        raise Problem(422, "Bad appid", f"expected 'wx' and 16 lowercase hex digits, got {appid!r}")
    body = request.body
    _check_whitelist(body.ip_whitelist)
    app = App(appid, body.secret, body.open_platform, tuple(body.ip_whitelist), body.platforms)
    await request.gateway.world.store.put(app)
    return _app_to_json(app)


@route("DELETE", "apps/{appid}")
async def delete_app(request: ControlRequest) -> Any:
    """Delete a declared app."""
    world, appid = request.gateway.world, request.names["appid"]
    if not await world.store.delete(App, appid):
        raise await _no_app(world, appid)
    return {"deleted": appid}


@route("GET", "users")
async def list_users(request: ControlRequest) -> Any:
    """Every declared user."""
    world = request.gateway.world
    return {"users": [await _user_to_json(world, user) for user in await world.store.all(User)]}


@route("GET", "users/{name}")
async def get_user(request: ControlRequest) -> Any:
    """One user, with the openid in each declared app."""
    world, name = request.gateway.world, request.names["name"]
    if user := await users.find(world, name):
        return await _user_to_json(world, user)
    raise await _no_user(world, name)


@route("PUT", "users/{name}", body=UserBody)
async def put_user(request: ControlRequest) -> Any:
    """Declare a user. As soon as one is declared, only declared users exist."""
    world = request.gateway.world
    body = request.body
    fields = {name: getattr(body, name) for name in body.__struct_fields__}
    user = User(request.names["name"], **fields)
    await world.store.put(user)
    return await _user_to_json(world, user)


@route("DELETE", "users/{name}")
async def delete_user(request: ControlRequest) -> Any:
    """Delete a declared user."""
    world, name = request.gateway.world, request.names["name"]
    if not await world.store.delete(User, name):
        raise await _no_user(world, name)
    return {"deleted": name}


def _app_to_json(app: App) -> dict[str, Any]:
    return {
        "appid": app.appid,
        "secret": mask(app.secret) if app.secret else "",
        "open_platform": app.open_platform,
        "ip_whitelist": app.ip_whitelist,
        "platforms": {appid: mask(token) for appid, token in app.platforms.items()},
    }


async def _user_to_json(world: World, user: User) -> dict[str, Any]:
    fields = {name: getattr(user, name) for name in user.__struct_fields__}
    declared = await world.store.all(App)
    fields["openids"] = user.openids | {
        app.appid: users.openid(world, app, user) for app in declared
    }
    return fields


async def _no_app(world: World, appid: str) -> Problem:
    near = did_you_mean(appid, [app.appid for app in await world.store.all(App)])
    return Problem(404, "No such app", f"no app {appid!r} is declared in {world.name!r}{near}")


async def _no_user(world: World, name: str) -> Problem:
    near = did_you_mean(name, [user.name for user in await world.store.all(User)])
    return Problem(404, "No such user", f"no user {name!r} is declared in {world.name!r}{near}")


def _check_whitelist(entries: list[str]) -> None:
    from ipaddress import ip_network

    for entry in entries:
        try:
            ip_network(entry, strict=False)
        except ValueError:
            raise Problem(
                422, "Bad ip_whitelist", f"expected an address or a network, got {entry!r}"
            ) from None
