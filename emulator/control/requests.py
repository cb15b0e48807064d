"""The journal: the calls that came, with their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core import masking
from ..core.call import Dropped
from ..core.duration import Duration
from ..core.hints import did_you_mean
from ..wechat import endpoints
from ..world.clock import rfc3339
from ..world.journal import Exchange
from . import ControlRequest, Problem, route

_LONGEST_WAIT = 600
# Each call wakes all who wait in its world.
_MOST_WAITERS = 1000


class Filter(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which calls: those that match every field of the query."""

    endpoint: Annotated[str | None, Meta(description="The endpoint's name.")] = None
    appid: Annotated[str | None, Meta(description="What came as appid.")] = None
    user: Annotated[str | None, Meta(description="Whose code it was.")] = None
    js_code: Annotated[str | None, Meta(description="What came as js_code.")] = None
    errcode: Annotated[
        int | None, Meta(description="The errcode in the answer; 0 is a success.")
    ] = None
    after: Annotated[
        int, Meta(description="Only calls past this number: an earlier page's `next`.")
    ] = 0

    def matcher(self) -> Callable[[Exchange], bool]:
        """A function that says whether a journal entry matches."""
        _check_endpoint(self.endpoint)
        return lambda entry: (
            (self.endpoint is None or entry.endpoint == self.endpoint)
            and (self.appid is None or entry.call.params.get("appid") == self.appid)
            and (self.user is None or entry.call.user == self.user)
            and (self.js_code is None or entry.call.params.get("js_code") == self.js_code)
            and (self.errcode is None or entry.errcode_or_0 == self.errcode)
        )


def _check_endpoint(name: str | None) -> None:
    """Refuse a misspelt endpoint: it would count no calls, so a test for no calls would pass."""
    known = [endpoint.name for endpoint in endpoints.load().values()]
    if name and name not in known:
        detail = f"endpoint: expected one of {', '.join(known)}, got {name[:60]!r}"
        raise Problem(422, "Bad query", detail + did_you_mean(name[:60], known))


class WaitFor(Filter, kw_only=True, forbid_unknown_fields=True):
    """Which calls, how many, and how long to wait for them."""

    count: Annotated[int, Meta(description="How many calls to wait for.")] = 1
    timeout: Annotated[str, Meta(description="How long at most, of real time.")] = "10s"


@route("GET", "requests", query=Filter)
def list_requests(request: ControlRequest) -> Any:
    """The calls this world got, oldest first, secrets masked."""
    journal, query = request.gateway.world.journal, request.query
    return _page(journal.matching(query.matcher(), query.after), journal.last)


@route("GET", "requests/count", query=Filter)
def count_requests(request: ControlRequest) -> Any:
    """How many calls match."""
    journal, query = request.gateway.world.journal, request.query
    return {"count": len(journal.matching(query.matcher(), query.after))}


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
    if journal.waiting >= _MOST_WAITERS:
        detail = f"{_MOST_WAITERS:,} calls of this kind wait in this world already, no more may"
        raise Problem(429, "Too many wait", detail)
    found, timed_out = await journal.wait(query.matcher(), query.count, timeout, query.after)
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
