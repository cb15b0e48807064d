"""What travels through the emulator: a `Call` comes in, a `Reply` or a `Dropped` goes out.

`gc=False`: the journal keeps thousands of them, none can point back to itself, and so the garbage
collector need not walk through them.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from msgspec import Struct, json

PLAIN = "text/plain"
JSON = "application/json; encoding=utf-8"


class Subsystem(Struct, frozen=True):
    """A part of WeChat with its own habits: how an errmsg ends, which content type it sends."""

    name: str
    suffix: str
    """Between an error's text and its rid."""
    legacy_suffix: str
    """The same before 2021, with `{id}` for the request's id."""
    content_type: str
    escape_slash: bool
    own_hint: bool = False
    """Whether its own errors, not those of the gateway before it, hold ` hint: [id]` as well."""


SNS = Subsystem("sns", ", rid: ", ", hints: [ req_id: {id} ]", PLAIN, escape_slash=True)
CGI = Subsystem("cgi-bin", " rid: ", " hint: [{id}]", JSON, escape_slash=False)
WXA = Subsystem("wxa", " rid: ", " hint: [{id}]", JSON, escape_slash=False)
BUSINESS = Subsystem("wxa", " rid: ", " hint: [{id}]", JSON, escape_slash=False, own_hint=True)


class Call(Struct, gc=False):
    """One request as WeChat reads it, with the world's time it came at."""

    method: str
    path: str
    """Without the world's prefix and the query."""
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    """The client's address."""
    now: float
    """Unix seconds in the world's time."""
    number_on_connection: int = 1
    secure: bool = False
    user: str = ""
    """Who it turned out to be about; filled in on the way."""
    acted: tuple[str, ...] = ()
    """The ids of the rules that acted; filled in on the way."""
    subsystem: Subsystem = SNS
    """The called endpoint's; filled in before rules see the call."""
    effects_applied: bool = False
    """Whether the effects that the code carries act already."""
    _params: dict[str, str] | None = None

    @property
    def params(self) -> dict[str, str]:
        """The query's parameters, decoded; of a repeated one the first counts."""
        if self._params is None:
            self._params = parse_query(self.query_string)
        return self._params

    @property
    def chunked(self) -> bool:
        """Whether the body came in chunks, without a Content-Length."""
        return "Transfer-Encoding" in self.headers


class Reply(Struct, gc=False):
    """An answer on its way out. Only the server turns it into bytes on a socket."""

    body: bytes = b""
    content_type: str = PLAIN
    status: int = 200
    hint: str = ""
    errcode: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cut_after: int | None = None
    """Send so many bytes of the body, then break the connection."""
    drip: tuple[int, float] | None = None
    """Send the body in so many pieces over so many seconds."""


class Dropped(Struct, gc=False):
    """No answer: the connection ends without a byte, or stays silent."""

    how: str
    """`close` (FIN), `reset` (RST) or `hang`."""
    hint: str = ""


Outcome = Reply | Dropped


def as_json(fields: object, *, escape_slash: bool) -> bytes:
    r"""Compact JSON as raw UTF-8, on request with `\/` for every slash."""
    body = json.encode(fields)
    return body.replace(b"/", b"\\/") if escape_slash else body


def parse_query(query: str) -> dict[str, str]:
    """`a=1&b=%2F` as a dict; the first of a repeated name counts, bytes that are not UTF-8 stay."""
    params: dict[str, str] = {}
    escaped = "%" in query or "+" in query
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if escaped:
            name, value = _unquote(name), _unquote(value)
        if name and name not in params:
            params[name] = value
    return params


def _unquote(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" in text:
        return unquote_to_bytes(text).decode("utf-8", "replace")
    return text
