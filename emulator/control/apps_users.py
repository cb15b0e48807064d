"""Apps and users: declare, show and delete them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from ..core.entities import App, User
from ..core.fields import AppFields, UserFields
from ..core.masking import mask
from ..core.scalars import AppId, UserName
from ..core.validation import CheckError, check
from ..wechat import apps, users
from ..world.world import WorldView
from . import ControlRequest, route
from .dispatch import body_problem
from .subjects import undeclared


@route("GET", "apps")
def list_apps(request: ControlRequest) -> Any:
    """Every declared app."""
    world = request.world
    return {"apps": [_app_to_json(app) for app in world.store.all(App)]}


@route("GET", "apps/{appid}")
def get_app(request: ControlRequest) -> Any:
    """One app."""
    world, appid = request.world, request.names["appid"]
    if app := apps.find(world, appid):
        return _app_to_json(app)
    raise undeclared(world, App, appid, 404)


@route("PUT", "apps/{appid}", body=AppFields)
def put_app(request: ControlRequest) -> Any:
    """Declare an app. As soon as one is declared, only declared apps pass."""
    appid = request.names["appid"]
    _check("appid", appid, AppId)
    app = App(appid, **asdict(request.body))
    request.world.store.put(app)
    return _app_to_json(app)


@route("DELETE", "apps/{appid}")
def delete_app(request: ControlRequest) -> Any:
    """Delete a declared app."""
    world, appid = request.world, request.names["appid"]
    if not world.store.delete(App, appid):
        raise undeclared(world, App, appid, 404)
    return {"deleted": appid}


@route("GET", "users")
def list_users(request: ControlRequest) -> Any:
    """Every declared user."""
    world = request.world
    return {"users": [_user_to_json(world, user) for user in world.store.all(User)]}


@route("GET", "users/{name}")
def get_user(request: ControlRequest) -> Any:
    """One user, with the openid in each declared app."""
    world, name = request.world, request.names["name"]
    if user := users.find(world, name):
        return _user_to_json(world, user)
    raise undeclared(world, User, name, 404)


@route("PUT", "users/{name}", body=UserFields)
def put_user(request: ControlRequest) -> Any:
    """Declare a user. As soon as one is declared, only declared users exist."""
    world, name = request.world, request.names["name"]
    _check("name", name, UserName)
    user = User(name, **asdict(request.body))
    world.store.put(user)
    return _user_to_json(world, user)


@route("DELETE", "users/{name}")
def delete_user(request: ControlRequest) -> Any:
    """Delete a declared user."""
    world, name = request.world, request.names["name"]
    if not world.store.delete(User, name):
        raise undeclared(world, User, name, 404)
    return {"deleted": name}


def _app_to_json(app: App) -> dict[str, Any]:
    platforms = {appid: mask(token) for appid, token in app.platforms.items()}
    secret = mask(app.secret) if app.secret else ""
    return asdict(app) | {"secret": secret, "platforms": platforms}


def _user_to_json(world: WorldView, user: User) -> dict[str, Any]:
    declared = world.store.all(App)
    openids = {app.appid: users.openid(world, app, user) for app in declared}
    return asdict(user) | {"openids": user.openids | openids}


def _check(field: str, value: str, kind: Any) -> None:
    """Refuse a name in the path in the words in which a body's field is refused."""
    try:
        check(value, kind)
    except CheckError as error:
        raise body_problem(error.under((field,))) from None
