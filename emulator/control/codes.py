"""`POST codes`: many codes at once, for load tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, json

from ..core.scalars import AppIdOrEmpty, UserName
from ..wechat import codes
from ..world.world import World
from . import ControlRequest, Stream, route
from .subjects import resolve_app, resolve_login_appid, resolve_user

# Big enough to be quick, small enough that other calls are answered in between.
_CHUNK = 500


class Codes(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `codes`."""

    appid: Annotated[
        AppIdOrEmpty,
        Meta(description="The app; empty is the first declared one, any while none is declared."),
    ] = ""
    users: Annotated[
        list[UserName], Meta(description="Their names; the codes are dealt to them in turn.")
    ] = []
    user: Annotated[UserName, Meta(description="The one user, where `users` is empty.")] = "alice"
    count: Annotated[int, Meta(ge=1, le=10_000_000, description="How many.")] = 1
    kind: Annotated[
        Literal["login", "phone", "plugin"], Meta(description="What they are good for.")
    ] = "login"


@route("POST", "codes", body=Codes)
def many_codes(request: ControlRequest) -> Any:
    """Many codes for load tests: a line of JSON each, dealt to the users in turn."""
    world, body = request.world, request.body
    if body.kind == "login":
        appid = resolve_login_appid(world, body.appid)
    else:
        appid = resolve_app(world, body.appid).appid
    names = body.users or [body.user]
    for name in names:
        resolve_user(world, name)
    lines = _lines(request.gateway.world, appid, names, body)
    return Stream(lines, "application/x-ndjson")


async def _lines(world: World, appid: str, names: list[str], body: Codes) -> AsyncIterator[bytes]:
    encoded = {name: json.encode(name) for name in names}
    count = body.count
    while count > 0:
        n, now = min(count, _CHUNK), world.clock.now()
        minted = await world.transact(
            partial(codes.mint_many, appid=appid, users=names, count=n, now=now, kind=body.kind)
        )
        count -= len(minted)
        yield b"".join(
            b'{"code":"%b","user":%b}\n' % (each.code.encode(), encoded[each.user])
            for each in minted
        )
