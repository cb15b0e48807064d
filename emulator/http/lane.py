"""A lane for plain requests: they are answered as their bytes come in, without a task.

Most of what a request costs is what aiohttp does so that a handler may wait. A login never waits
where no rule is in force, so a request whose head is known already is answered inside
`data_received`. Whatever is not plain takes aiohttp's road, and gets the same bytes there:
without this module everything is answered as before, only slower.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from aiohttp import hdrs, web
from msgspec import Struct

from ..world.world import DEFAULT
from .connection import Connection, Handler, HttpServer, OnRefusal
from .deadlines import Patience
from .refusal import KEPT
from .request import Admit, HttpRequest, Peer

# A plain request line. What this lets through as a target, aiohttp's parser would let through, too.
_START = re.compile(rb"(GET|POST) (/[\w.~-][\w.~%&=?+/-]{0,4000}) HTTP/1\.1\r\n", re.ASCII)
_END = b"\r\n\r\n"
# The last two are a browser's, and whether its page may call is for the router to say.
_NOT_PLAIN = (hdrs.EXPECT, hdrs.UPGRADE, hdrs.TRANSFER_ENCODING, hdrs.ORIGIN, "Sec-Fetch-Site")

PRIVATE = ("_request_count",)
"""What the lane needs of aiohttp's private names: how many requests it has read. Where that is
missing the lane stays shut."""

AnswerNow = Callable[[Peer, str, str, Mapping[str, str], bytes], bytes | None]
"""The whole answer to a method, target, headers and body; None if it may have to wait."""


class LaneServer(HttpServer):
    """A server whose connections have the lane."""

    def __init__(
        self,
        handler: Handler,
        on_refusal: OnRefusal,
        patience: Patience,
        *,
        answer_now: AnswerNow,
    ) -> None:
        super().__init__(handler, on_refusal, patience)
        self.answer_now = answer_now
        self.is_open = all(hasattr(web.RequestHandler, name) for name in PRIVATE)

    def connection(self, world: str = DEFAULT, admit: Admit | None = None) -> Connection:
        """As in `HttpServer`."""
        return LaneConnection(self, Peer(world, admit))


class KnownHead(Struct):
    """A head that aiohttp has parsed, with the length of the body behind it."""

    method: bytes
    target: bytes
    rest: bytes
    """All behind the request line."""
    body_length: int
    headers: Mapping[str, str] = {}


class LaneConnection(Connection):
    """A connection with the lane beside aiohttp's road."""

    __slots__ = ("_answered", "_coming", "_known", "_lane")

    def __init__(self, server: LaneServer, peer: Peer) -> None:
        super().__init__(server, peer)
        self._lane = server
        self._answered = 0
        """How many requests were answered here; aiohttp does not count them."""
        self._known: KnownHead | None = None
        """Set while the lane is open: nothing is under way, and aiohttp's parser holds nothing."""
        self._coming: KnownHead | None = None
        """The head of the request that aiohttp answers now, if it came alone and whole."""

    @property
    def arrived(self) -> int:
        """As in `Connection`."""
        return super().arrived + self._answered

    def data_received(self, data: bytes) -> None:
        """Answer at once, or let aiohttp read on."""
        known = self._known
        if known is not None and self._answer_now(known, data):
            return
        if data:  # aiohttp calls without any to go on with what it held back
            idle = self._request is None and self.arrived == self.peer.served
            self._known, self._coming = None, _plain_head(data) if idle else None
        super().data_received(data)

    def _answer_now(self, known: KnownHead, data: bytes) -> bool:
        """Whether the data is one whole request with this head, and is answered now."""
        start, transport = _START.match(data), self.transport
        if start is None or start[1] != known.method or transport is None or self.writing_paused:
            return False
        body_at = start.end() + len(known.rest)
        if len(data) != body_at + known.body_length or not data.startswith(known.rest, start.end()):
            return False
        method, target, body = known.method.decode(), start[2].decode(), data[body_at:]
        answer = self._lane.answer_now(self.peer, method, target, known.headers, body)
        if answer is None:
            return False
        self.peer.served += 1
        self._answered += 1
        transport.write(answer)
        self.moved = self._loop.time()
        return True

    async def answer(self, request: HttpRequest) -> web.StreamResponse:
        """Answer on aiohttp's road; a plain request's head is known from then on."""
        response = await super().answer(request)
        coming, self._coming = self._coming, None
        if coming is not None and response is KEPT and self._is_plain(request, coming):
            coming.headers = request.headers
            self._known = coming
        return response

    def _is_plain(self, request: HttpRequest, coming: KnownHead) -> bool:
        """Whether the request was just the bytes that came, so that others like it can be, too.

        Where half of it had come before, aiohttp has read other words, or more header lines.
        """
        if not self._lane.is_open or self.arrived != self.peer.served:
            return False
        headers, words = request.headers, (request.method.encode(), request.target.encode())
        return (
            words == (coming.method, coming.target)
            and len(request.raw_headers) + 1 == coming.rest.count(b"\r\n")
            and headers.get(hdrs.CONTENT_LENGTH, "0") == str(coming.body_length)
            and not any(name in headers for name in _NOT_PLAIN)
        )

    def eof_received(self) -> bool:  # type: ignore[override]  # see `Connection`
        """The client sends no more: aiohttp sees to the end."""
        self._known = None
        return super().eof_received()

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109  # aiohttp's
        """The server stops: take no more requests."""
        self._known = None
        await super().shutdown(timeout)

    def close(self) -> None:
        """Take no more requests."""
        self._known = None
        super().close()

    def force_close(self) -> None:
        """Hang up."""
        self._known = None
        super().force_close()


def _plain_head(data: bytes) -> KnownHead | None:
    """The head at the start of the data, if all that stands before its end is in a plain form."""
    start, end = _START.match(data), data.find(_END)
    if start is None or end < 0:
        return None
    end += len(_END)
    return KnownHead(start[1], start[2], data[start.end() : end], len(data) - end)
