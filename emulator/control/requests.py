"""The journal: the calls that came, with their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core import masking
from ..core.call import Call, Dropped, Outcome, Reply
from ..core.duration import Duration
from ..core.hints import did_you_mean
from ..core.paths import glob, nearest_path
from ..gateway import Gateway
from ..wechat import apps, endpoints
from ..wechat.known_paths import known_paths
from ..world.clock import Clock, rfc3339
from ..world.journal import Exchange, State
from ..world.world import World
from . import ControlRequest, Problem, route

_LONGEST_WAIT = 600
# Each call wakes all who wait in its world.
_MOST_WAITERS = 1000


class Filter(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which calls: those that match every field of the query."""

    endpoint: Annotated[str | None, Meta(description="The endpoint's name.")] = None
    path: Annotated[
        str | None, Meta(description="The path; * stands for anything: /cgi-bin/message/*.")
    ] = None
    appid: Annotated[str | None, Meta(description="What came as appid.")] = None
    user: Annotated[str | None, Meta(description="Whose code it was.")] = None
    js_code: Annotated[str | None, Meta(description="What came as js_code.")] = None
    errcode: Annotated[
        int | None, Meta(description="The errcode in the answer; 0 is a success.")
    ] = None
    status: Annotated[int | None, Meta(description="The HTTP status of the answer.")] = None
    state: Annotated[
        State | None, Meta(description="How far the call has come; `left` is its client's doing.")
    ] = None
    after: Annotated[
        int, Meta(description="Only what came or changed since: an earlier page's `next`.")
    ] = 0

    def matcher(self, gateway: Gateway) -> Callable[[Exchange], bool]:
        """A function that says whether a journal entry of the world matches."""
        _check_endpoint(self.endpoint, gateway)
        _check_path(self.path, gateway)
        at = glob(self.path or "*")
        return lambda entry: (
            (self.endpoint is None or entry.endpoint == self.endpoint)
            and (self.path is None or at.fullmatch(entry.call.path) is not None)
            and (self.appid is None or entry.call.params.get("appid") == self.appid)
            and (self.user is None or entry.call.user == self.user)
            and (self.js_code is None or entry.call.params.get("js_code") == self.js_code)
            and self._ended_as_wanted(entry)
        )

    def _ended_as_wanted(self, entry: Exchange) -> bool:
        """Whether it has come as far as is asked; a number asks for an answer that went out."""
        if self.errcode is None and self.status is None:
            return self.state is None or entry.state == self.state
        return (
            entry.state == (self.state or "answered")
            and (self.errcode is None or entry.errcode_or_0 == self.errcode)
            and (self.status is None or entry.status == self.status)
        )


def _check_endpoint(name: str | None, gateway: Gateway) -> None:
    """Refuse a misspelt endpoint: it would count no calls, so a test for no calls would pass."""
    named = [endpoint.name for endpoint in endpoints.load().values()]
    known = [each for each in named if "/" not in each]
    if name and name not in (*named, *gateway.paths()):
        sent = masking.quoted(name, 60)
        detail = f"endpoint: expected one of {', '.join(known)}, or a path, got {sent}"
        raise Problem(422, "Bad query", detail + did_you_mean(name[:60], known))


def _check_path(path: str | None, gateway: Gateway) -> None:
    """Refuse what looks like a misspelt path, unless it was called so."""
    known = {*gateway.paths(), *known_paths()}
    if not path or any(map(glob(path).fullmatch, known)):
        return
    calls = gateway.world.journal.since(0)
    if (near := nearest_path(path[:100], known)) and all(each.call.path != path for each in calls):
        detail = f"path: expected one of WeChat's or of `endpoints:`, got {path[:100]!r}"
        raise Problem(422, "Bad query", f"{detail}; did you mean {near!r}?")


class WaitFor(Filter, kw_only=True, forbid_unknown_fields=True):
    """Which calls, how many, and how long to wait for them."""

    count: Annotated[int, Meta(description="How many calls to wait for.")] = 1
    timeout: Annotated[str, Meta(description="How long at most, of real time.")] = "10s"


@route("GET", "requests", query=Filter)
def list_requests(request: ControlRequest) -> Any:
    """The calls this world got, oldest first, secrets masked."""
    journal, query = request.gateway.world.journal, request.query
    return _page(request, journal.matching(query.matcher(request.gateway), query.after))


@route("GET", "requests/count", query=Filter)
def count_requests(request: ControlRequest) -> Any:
    """How many calls match."""
    journal, query = request.gateway.world.journal, request.query
    return {"count": len(journal.matching(query.matcher(request.gateway), query.after))}


@route("GET", "requests/wait", query=WaitFor, waits=True)
async def wait_for_requests(request: ControlRequest) -> Any:
    """The same as `requests`, once `count` calls match or `timeout` of real time has passed.

    A call that still waits counts only where `state` asks for it.
    """
    journal, query = request.gateway.world.journal, request.query
    try:
        timeout = Duration.parse(query.timeout)
    except ValueError as error:
        raise Problem(422, "Bad query", f"timeout: {error}") from None
    if timeout > _LONGEST_WAIT:
        detail = f"timeout: expected at most {Duration(_LONGEST_WAIT)}, got {timeout}"
        raise Problem(422, "Bad query", detail)
    if journal.waiting >= _MOST_WAITERS:
        detail = f"{_MOST_WAITERS:,} calls of this kind wait in this world already, no more may"
        raise Problem(429, "Too many wait", detail)
    matches = query.matcher(request.gateway)

    def is_over(entry: Exchange) -> bool:
        return matches(entry) and (query.state is not None or entry.state != "waiting")

    found, timed_out = await journal.wait(is_over, query.count, timeout, query.after)
    return _page(request, found) | {"timedOut": timed_out}


def _page(request: ControlRequest, entries: list[Exchange]) -> dict[str, Any]:
    world = request.gateway.world
    words = apps.secret_words(world.view)
    shown = [to_json(entry, world.clock, words) for entry in entries]
    return {"requests": shown, "next": world.journal.last}


def to_json(entry: Exchange, clock: Clock, words: masking.Words = masking.NONE) -> dict[str, Any]:
    """A journal entry as JSON, its secrets masked; the clock says how long it still waits."""
    call, hint = entry.call, entry.outcome.hint if entry.outcome else ""
    params = call.params
    appid, js_code = params.get("appid"), params.get("js_code")
    return {
        "number": entry.number,
        "state": entry.state,
        "waitsFor": waits_for(call, clock) if entry.outcome is None else None,
        "durationMs": None if entry.outcome is None else round(call.seconds * 1000),
        "at": rfc3339(call.now),
        "connection": call.connection,
        "endpoint": entry.endpoint,
        "method": masking.text(call.method, words),
        "path": masking.text(call.path, words),
        "query": masking.text(call.query_string, words),
        "requestBody": masking.body(call.body, words),
        "peer": call.peer,
        "appid": None if appid is None else masking.parameter(appid, words),
        "user": masking.parameter(call.user, words) or None,
        "js_code": None if js_code is None else masking.parameter(js_code, words),
        "errcode": entry.errcode,
        "hint": masking.sentence(hint, words) or None,
        "rules": [masking.text(each, words) for each in call.acted],
        "answer": _answer(entry.outcome, words),
    }


def waits_for(call: Call, clock: Clock) -> str:
    """What a call has to wait for, and how long still: `a delay of 3s, 2s to go`."""
    until = call.wait.until if call.wait else None
    if until is None:
        return call.waits_for
    left = Duration(max(0.0, round(until - clock.now(), 3)))
    how = " on a frozen clock: advance it" if clock.setting.frozen_at is not None else ""
    return f"{call.waits_for}, {left} to go{how}"


def waiting(world: World) -> list[dict[str, Any]]:
    """The calls of a world that are not over, in short."""
    return [
        {
            "number": entry.number,
            "path": entry.call.path,
            "user": entry.call.user or None,
            "waitsFor": waits_for(entry.call, world.clock),
        }
        for entry in world.journal.open
    ]


def _answer(outcome: Outcome | None, words: masking.Words) -> dict[str, Any] | None:
    if outcome is None:
        return None
    if isinstance(outcome, Dropped):
        return {"dropped": outcome.how}
    return {
        "status": outcome.status,
        "contentType": outcome.content_type,
        "body": _body(outcome, words),
    }


def _body(reply: Reply, words: masking.Words) -> str:
    if reply.content_type.startswith("image/"):
        return f"({len(reply.body):,} bytes of {reply.content_type})"
    return masking.body(reply.body, words)
