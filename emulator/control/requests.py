"""The journal: the calls that came, with their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core import masking
from ..core.call import Dropped
from ..core.duration import Duration
from ..core.hints import did_you_mean
from ..core.paths import glob, nearest_path
from ..gateway import Gateway
from ..wechat import endpoints
from ..wechat.known_paths import known_paths
from ..world.clock import rfc3339
from ..world.journal import Exchange
from . import ControlRequest, Problem, route

_LONGEST_WAIT = 600


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
    after: Annotated[
        int, Meta(description="Only calls past this number: an earlier page's `next`.")
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
            and (self.errcode is None or entry.errcode_or_0 == self.errcode)
        )


def _check_endpoint(name: str | None, gateway: Gateway) -> None:
    """Refuse a misspelt endpoint: it would count no calls, so a test for no calls would pass."""
    named = [endpoint.name for endpoint in endpoints.load().values()]
    known = [each for each in named if "/" not in each]
    if name and name not in (*named, *gateway.paths()):
        detail = f"endpoint: expected one of {', '.join(known)}, or a path, got {name[:60]!r}"
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
    return _page(journal.matching(query.matcher(request.gateway), query.after), journal.last)


@route("GET", "requests/count", query=Filter)
def count_requests(request: ControlRequest) -> Any:
    """How many calls match."""
    journal, query = request.gateway.world.journal, request.query
    return {"count": len(journal.matching(query.matcher(request.gateway), query.after))}


@route("GET", "requests/wait", query=WaitFor)
async def wait_for_requests(request: ControlRequest) -> Any:
    """The same as `requests`, once `count` calls match or `timeout` of real time has passed."""
    journal, query = request.gateway.world.journal, request.query
    try:
        timeout = Duration.parse(query.timeout)
    except ValueError as error:
        raise Problem(422, "Bad query", f"timeout: {error}") from None
    if timeout > _LONGEST_WAIT:
        detail = f"timeout: expected at most {Duration(_LONGEST_WAIT)}, got {timeout}"
        raise Problem(422, "Bad query", detail)
    wanted = query.matcher(request.gateway)
    found, timed_out = await journal.wait(wanted, query.count, timeout, query.after)
    return _page(found, journal.last) | {"timedOut": timed_out}


def _page(entries: list[Exchange], last: int) -> dict[str, Any]:
    return {"requests": [to_json(entry) for entry in entries], "next": last}


def to_json(entry: Exchange) -> dict[str, Any]:
    """A journal entry as JSON, its secrets masked."""
    call, outcome = entry.call, entry.outcome
    params = call.params
    answer: dict[str, Any] = (
        {"dropped": outcome.how}
        if isinstance(outcome, Dropped)
        else {
            "status": outcome.status,
            "contentType": outcome.content_type,
            "body": masking.body(outcome.body),
        }
    )
    return {
        "number": entry.number,
        "at": rfc3339(call.now),
        "endpoint": entry.endpoint,
        "method": call.method,
        "path": masking.query(call.path),
        "query": masking.query(call.query_string),
        "requestBody": masking.body(call.body),
        "peer": call.peer,
        "appid": masking.appid(params["appid"]) if "appid" in params else None,
        "user": call.user or None,
        "js_code": params.get("js_code"),
        "errcode": entry.errcode,
        "hint": outcome.hint or None,
        "rules": call.acted,
        "answer": answer,
    }
