"""The phone's half: `wx.login` and its siblings, and codes by the thousand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, json

from ..core.duration import Duration, lasting
from ..core.entities import Code
from ..rules.rule import Then
from ..wechat import codes, sessions, users
from ..world.world import World
from . import Problem, Request, Stream, route
from .subjects import TIMED_OUT, Who, app_of_a_login, known_app, known_user

# Big enough to be quick, small enough that other calls get their turn in between.
_CHUNK = 500
_MOST = 10_000_000


class Login(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `wx/login`."""

    appid: Annotated[
        str,
        Meta(description="The app; empty is the first declared one, any while none is declared."),
    ] = ""
    user: Annotated[str, Meta(description="The user's name.")] = "alice"
    code: Annotated[
        str,
        Meta(description="Fixes the code's text.", pattern=f"^({codes.TEXT.pattern})?$"),
    ] = ""
    age: Annotated[Duration, Meta(description="How old the code is already.")] = lasting(0)
    expires_in: Annotated[
        Duration | None,
        Meta(description="Its lifetime from birth to end; null is behaviour.code_expires_in."),
    ] = None
    then: Annotated[
        Then | None, Meta(description="Effects for this code's exchange, as in a rule.")
    ] = None


class Codes(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `codes`."""

    appid: Annotated[
        str,
        Meta(description="The app; empty is the first declared one, any while none is declared."),
    ] = ""
    users: Annotated[
        list[str], Meta(description="Their names; the codes are dealt to them in turn.")
    ] = []
    user: Annotated[str, Meta(description="The one user, where `users` is empty.")] = "alice"
    count: Annotated[int, Meta(description="How many.")] = 1
    kind: Annotated[
        Literal["login", "phone", "plugin"], Meta(description="What they are good for.")
    ] = "login"


@route("POST", "wx/login", body=Login)
async def login(request: Request) -> Any:
    """What wx.login gives the success callback: a fresh code."""
    world, body = request.gateway.world, request.body
    appid = await app_of_a_login(world, body.appid)
    await known_user(world, body.user)
    await _refuse_taken(world, body.code)
    code = await codes.mint(
        world,
        appid,
        body.user,
        text=body.code,
        age=body.age,
        expires_in=body.expires_in,
        then=json.encode(body.then.source) if body.then else b"",
    )
    return {"code": code.code, "errMsg": "login:ok"}


@route("POST", "wx/checkSession", body=Who)
async def check_session(request: Request) -> Any:
    """What wx.checkSession gives the success or the fail callback."""
    world = request.gateway.world
    app = await known_app(world, request.body.appid, request.body.user)
    user = await known_user(world, request.body.user)
    if await sessions.find(world, app, users.openid(world, app, user), await world.clock.now()):
        return {"errMsg": "checkSession:ok"}
    return {"errMsg": f"checkSession:fail {TIMED_OUT.reason}"}


@route("POST", "codes", body=Codes)
async def many_codes(request: Request) -> Any:
    """Many codes for load tests: a line of JSON each, dealt to the users in turn."""
    world, body = request.gateway.world, request.body
    if not 1 <= body.count <= _MOST:
        raise Problem(422, "Bad count", f"count: expected 1 to {_MOST}, got {body.count}")
    appid = (
        await app_of_a_login(world, body.appid)
        if body.kind == "login"
        else (await known_app(world, body.appid)).appid
    )
    names = body.users or [body.user]
    for name in names:
        await known_user(world, name)
    return Stream(_lines(world, appid, names, body), "application/x-ndjson")


async def _refuse_taken(world: World, text: str) -> None:
    code = await world.store.get(Code, text)
    if code is not None and not codes.is_dead(code, await world.clock.now()):
        raise Problem(
            409,
            "Code taken",
            f"code {text!r} is waiting already, for {code.user!r} in {code.appid or 'any app'}: "
            "exchange it, choose another text, or give the test a world of its own (/w/NAME)",
        )


async def _lines(world: World, appid: str, names: list[str], body: Codes) -> AsyncIterator[bytes]:
    encoded = {name: json.encode(name) for name in names}
    count = body.count
    while count > 0:
        minted = await codes.mint_many(world, appid, names, min(count, _CHUNK), body.kind)
        count -= len(minted)
        yield b"".join(
            b'{"code":"%b","user":%b}\n' % (each.code.encode(), encoded[each.user])
            for each in minted
        )
