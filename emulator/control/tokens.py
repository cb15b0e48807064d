"""access_tokens before their time: dead, as by another process, or expired."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.entities import AccessToken
from ..core.scalars import AppIdOrEmpty
from ..wechat import tokens
from ..world.world import WorldView
from . import ControlRequest, Problem, route

_End = Callable[[WorldView, str, float, str], bool]


class Tokens(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which tokens: every live one that matches."""

    access_token: Annotated[str, Meta(description="This one alone; empty is any.")] = ""
    appid: Annotated[AppIdOrEmpty, Meta(description="Those of this app; empty is any.")] = ""


@route("POST", "tokens/kill", body=Tokens)
async def kill_tokens(request: ControlRequest) -> Any:
    """End access_tokens as another process does that fetches one: 40001. Fresh ones work."""
    return {"killed": await _end(request, tokens.kill)}


@route("POST", "tokens/expire", body=Tokens)
async def expire_tokens(request: ControlRequest) -> Any:
    """End access_tokens as if their two hours were over: 42001. Fresh ones work."""
    return {"expired": await _end(request, tokens.expire)}


async def _end(request: ControlRequest, end: _End) -> int:
    """How many were ended; a Problem if the one that is named is no live one."""
    world, body = request.gateway.world, request.body
    known = [each for each in await world.store.scan(AccessToken) if _is_meant(each, body)]
    ended = 0
    for token in known:
        ended += await world.transact(partial(_end_one, end, token.token, request.now))
    if body.access_token and not ended:
        detail = f"expected a live access_token of the world {world.name!r}, got {_what(known)}"
        raise Problem(404, "No such token", detail)
    return ended


def _end_one(end: _End, text: str, now: float, world: WorldView) -> bool:
    return end(world, text, now, "a call of the control API")


def _is_meant(token: AccessToken, body: Tokens) -> bool:
    return body.access_token in ("", token.token) and body.appid in ("", token.appid)


def _what(known: list[AccessToken]) -> str:
    return "one that has ended" if known else "one that was never issued here"
