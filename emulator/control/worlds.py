"""Whole worlds: list, delete and reset them, take snapshots, show the sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.entities import LastLogin, Session
from ..core.masking import quoted
from ..core.validation import NOT_JSON, CheckError
from ..snapshots import read, restore, take
from ..wechat import sessions
from ..world.clock import rfc3339
from ..world.world import NAME
from . import MAX_DOCUMENT, ControlRequest, Problem, Stream, route
from .dispatch import body_problem, not_json


class Nothing(Struct, forbid_unknown_fields=True):
    """The body of a call without parameters: `{}`."""


class SessionFilter(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which sessions: those that match every field of the query."""

    appid: Annotated[str | None, Meta(description="The app.")] = None
    user: Annotated[str | None, Meta(description="The user's name.")] = None


@route("GET", "worlds")
def list_worlds(request: ControlRequest) -> Any:
    """The names of all worlds."""
    return {"worlds": request.server.worlds.names()}


@route("DELETE", "worlds/{name}")
def delete_world(request: ControlRequest) -> Any:
    """Forget a world with everything in it, if there is one; its next use makes it anew."""
    name = request.names["name"]
    if not NAME.fullmatch(name):
        raise Problem(404, "No such world", f"no world can be called {quoted(name)}")
    request.server.worlds.delete(name)
    return {"deleted": name}


@route("POST", "reset", body=Nothing)
async def reset(request: ControlRequest) -> Any:
    """Put this world back to the start of its scenario."""
    name = request.gateway.world.name
    await request.server.worlds.reset(name)
    return {"reset": name}


@route("GET", "state")
async def get_state(request: ControlRequest) -> Any:
    """A snapshot of this world that PUT state takes."""
    return Stream(_each(await take(request.gateway.world)), "application/json")


async def _each(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@route("PUT", "state", body=bytes, schema=dict, max_body=MAX_DOCUMENT)
async def put_state(request: ControlRequest) -> Any:
    """Put this world back to a snapshot."""
    try:
        restored = await asyncio.to_thread(read, request.body or b"{}")
        await restore(request.gateway.world, restored)
        request.gateway.rules.reload()
    except NOT_JSON as error:
        raise not_json(error) from None
    except CheckError as error:
        raise body_problem(error) from None
    return {"restored": request.gateway.world.name}


@route("GET", "sessions", query=SessionFilter)
async def list_sessions(request: ControlRequest) -> Any:
    """The newest session of each user in each app: what the backend should hold by now."""
    query, store = request.query, request.gateway.world.store
    last = {login.user: login for login in await store.scan(LastLogin)}
    found = [sessions.newest(each, last.get(each.user)) for each in await store.scan(Session)]
    return {
        "sessions": [
            {
                "appid": session.appid,
                "user": session.user,
                "openid": session.openid,
                "session_key": session.session_key,
                "opened_at": rfc3339(session.opened_at),
            }
            for session in found
            if query.appid in (None, session.appid) and query.user in (None, session.user)
        ]
    }
