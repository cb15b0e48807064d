"""A `Call` from the backend, and its `Outcome`: a `Reply`, or `Dropped` for no answer.

The journal keeps thousands of them. `gc=False` spares the garbage collector from looking at each;
it is safe because none of them can hold itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from msgspec import Struct, json

from .masking import NONE, Words

PLAIN = "text/plain"
JSON = "application/json; encoding=utf-8"

REASON_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    # Python 3.13 has newer words for these. An answer must not depend on the version of Python, and
    # nginx, the gateway in front of WeChat, says the old ones.
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
}
"""HTTP statuses in words."""


class Subsystem(Struct, frozen=True):
    """A part of WeChat. Each has its own content type and its own end of an errmsg."""

    name: str
    suffix: str
    """What stands between an error's text and its rid."""
    legacy_suffix: str
    """What stood there before 2021; `{id}` is the request's id."""
    content_type: str
    escape_slash: bool
    own_hint: bool = False
    """Whether its errors also hold ` hint: [id]`; those of the gateway before it never do."""


SNS = Subsystem("sns", ", rid: ", ", hints: [ req_id: {id} ]", PLAIN, escape_slash=True)
CGI = Subsystem("cgi-bin", " rid: ", " hint: [{id}]", JSON, escape_slash=False)
WXA = Subsystem("wxa", " rid: ", " hint: [{id}]", JSON, escape_slash=False)
BUSINESS = Subsystem("wxa", " rid: ", " hint: [{id}]", JSON, escape_slash=False, own_hint=True)

_FORM = "application/x-www-form-urlencoded"
_TAKE_FORMS = ("/sns/oauth2/", "/sns/userinfo", "/sns/auth", "/connect/")
"""Where a form counts as the query does. Clients send half there and half here."""
OPEN = Subsystem("open", ", rid: ", ", hints: [ req_id: {id} ]", PLAIN, escape_slash=True)
_BY_FOLDER = {"sns": SNS, "cgi-bin": CGI} | dict.fromkeys(
    ("wxa", "wxaapi", "channels", "datacube", "customservice"), WXA
)


def subsystem_of(path: str) -> Subsystem | None:
    """The part of WeChat that answers under this path; None if none is known to."""
    return _BY_FOLDER.get(path.lstrip("/").partition("/")[0].lower())


class Wait(Struct, gc=False):
    """How a call goes that may have to wait for its answer."""

    endpoint: str
    """The endpoint's name."""
    began: float
    """When it came, in seconds of `monotonic`."""
    seconds: float = 0.0
    """How long it took in the end, of real time."""
    number: int = 0
    """Its number in the journal, where it stands once it has to wait."""
    what: str = ""
    """What it has to wait for, or had to."""
    until: float | None = None
    """When that is over, by the world's clock; None if only the client can end it."""
    client_left: bool = False
    """Whether nobody waits for the answer any more. WeChat ends what it has begun all the same."""


class Call(Struct, gc=False):
    """One request as WeChat reads it."""

    method: str
    path: str
    """The path without the world's prefix and without the query."""
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    """The client's address."""
    now: float
    """When the call came, in Unix seconds of the world's time."""
    number_on_connection: int = 1
    connection: int = 0
    """The number of the connection it came by."""
    secure: bool = False
    user: str = ""
    """The user that the call is about. Known later, when the code is found; until then empty."""
    acted: tuple[str, ...] = ()
    """The ids of the rules that acted on the call so far."""
    subsystem: Subsystem = SNS
    """The subsystem of the endpoint. It is set before any rule sees the call."""
    effects_applied: bool = False
    """Whether the effects that the code carries act already."""
    hint: str = ""
    """What the developer should know of a call that succeeded."""
    wait: Wait | None = None
    """Set before any rule sees the call; None where it is answered at once."""
    words: Words = NONE
    """Declared secrets that the log would not know by their shape. Set where a call is logged."""
    _params: dict[str, str] | None = None

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the query, decoded; if a name is repeated, the first counts.

        Those of a form follow where WeChat reads forms.
        """
        if self._params is None:
            self._params = parse_query(self.query_string)
            if self.body and self._takes_form():
                self._params = parse_query(self.body.decode("utf-8", "replace")) | self._params
        return self._params

    def _takes_form(self) -> bool:
        return self.path.startswith(_TAKE_FORMS) and self.headers.get(
            "Content-Type", ""
        ).lower().startswith(_FORM)

    @property
    def has_waited(self) -> bool:
        """Whether it has to wait, or had to."""
        return self.wait is not None and self.wait.number > 0

    @property
    def waits_for(self) -> str:
        """What it has to wait for, or had to; empty if for nothing."""
        return self.wait.what if self.wait else ""

    @property
    def client_left(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self.wait is not None and self.wait.client_left

    @property
    def seconds(self) -> float:
        """How long the answer took, of real time; 0 if it was given at once."""
        return self.wait.seconds if self.wait else 0.0

    @property
    def chunked(self) -> bool:
        """Whether the body came in chunks, and so without a Content-Length."""
        return "Transfer-Encoding" in self.headers


class Reply(Struct, gc=False):
    """An answer. Only `http/` turns it into bytes."""

    body: bytes = b""
    content_type: str = PLAIN
    status: int = 200
    hint: str = ""
    errcode: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cut_after: int | None = None
    """If set: send only so many bytes of the body, then close the connection."""
    drip: tuple[int, float] | None = None
    """If set: send the body in so many pieces over so many seconds."""


class Dropped(Struct, gc=False):
    """No answer: the connection is closed without a byte, or nothing ever comes."""

    how: str
    """`close` (FIN), `reset` (RST) or `hang`."""
    hint: str = ""


Outcome = Reply | Dropped


def as_json(fields: object, *, escape_slash: bool) -> bytes:
    r"""Compact JSON in UTF-8; `escape_slash` writes each slash as `\/`."""
    body = json.encode(fields)
    return body.replace(b"/", b"\\/") if escape_slash else body


def parse_query(query: str) -> dict[str, str]:
    """`a=1&b=%2F` as a dict; if a name is repeated, the first counts."""
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
