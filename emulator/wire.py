"""The last step: a `Reply` becomes bytes on a socket, a `Dropped` a closed, reset or silent one.

aiohttp parses requests; answers are written here in one piece. WeChat's header names, order and
`Connection: keep-alive` are not what aiohttp sends, and one write per answer is also the quickest.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from itertools import pairwise

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from .call import Dropped, Reply
from .clock import machine_now

_HINT_BYTES = 500


class RefusedError(Exception):
    """A request that HTTP itself forbids: answered in a line, and the connection closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Connection(RequestHandler):
    """aiohttp's side of one client: counts its calls and stays calm about bad input."""

    __slots__ = ("gone", "served")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin counting."""
        self.served = 0
        self.gone: asyncio.Future[None] | None = None
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Let go of an answer that was never to come."""
        if self.gone is not None and not self.gone.done():
            self.gone.set_result(None)
        super().connection_lost(exc)

    async def until_gone(self) -> None:
        """Wait until the client hangs up, or the server stops."""
        if self.transport is not None:
            self.gone = asyncio.get_running_loop().create_future()
            await self.gone

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is not HTTP gets a 400 in a line; aiohttp would log a traceback for each."""
        if isinstance(exc, RefusedError):
            self._refuse(exc.status, str(exc))
        elif isinstance(exc, ConnectionError | web.RequestPayloadError):
            self._refuse(400, "the body is broken")
            self.force_close()  # or aiohttp reads on, fails and logs that
        elif status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return super().handle_error(request, status, exc, message)
        else:
            self._refuse(400, (message or "").partition("\n")[0].strip().rstrip(":"))
        return CLOSE

    def _refuse(self, status: int, reason: str) -> None:
        reply = Reply(f"{_STATUS_LINES[status]}: {reason}\n".encode("utf-8", "replace"))
        reply.status = status
        if self.transport is not None:
            date = http_date(int(machine_now()))
            self.transport.write(encode(reply, date=date, keep_alive=False))


class HttpServer(web.Server):
    """A low-level server whose connections are ours."""

    def __call__(self) -> RequestHandler:
        """A protocol for a client that just connected."""
        return Connection(self, loop=self._loop, **self._kwargs)


class Written(web.StreamResponse):
    """Tells aiohttp that the answer is out already, and whether the connection goes on."""

    def __init__(self, *, keep_alive: bool) -> None:
        self._keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to do."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to do."""


KEEP = Written(keep_alive=True)
CLOSE = Written(keep_alive=False)


def encode(reply: Reply, *, date: str, keep_alive: bool, head_only: bool = False) -> bytes:
    """Status line, headers in WeChat's order, and the body."""
    body = reply.body
    content_type = f"Content-Type: {reply.content_type}\r\n" if reply.content_type else ""
    head = (
        f"HTTP/1.1 {_STATUS_LINES.get(reply.status) or _status_line(reply.status)}\r\n"
        f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n"
        f"{content_type}"
        f"Date: {date}\r\n"
        f"Content-Length: {len(body)}\r\n"
    )
    if reply.hint:
        head += f"X-Emulator-Hint: {one_line(reply.hint)}\r\n"
    for name, value in reply.headers:
        head += f"{name}: {value}\r\n"
    head += "\r\n"
    return head.encode("latin-1") if head_only else head.encode("latin-1") + body


def one_line(hint: str) -> str:
    """A hint as a header value: ASCII, one line, at most 500 bytes."""
    text = " ".join(hint.replace("…", "...").split()).encode("ascii", "replace").decode()
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= _HINT_BYTES else text[: _HINT_BYTES - 3] + "..."


@lru_cache(maxsize=4)
def http_date(second: int) -> str:
    """A second in the form of HTTP's Date header."""
    try:
        return formatdate(second, usegmt=True)
    except (ValueError, OverflowError, OSError):
        return formatdate(0, usegmt=True)


_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def _status_line(status: int) -> str:
    return f"{status} Status"


async def drop(connection: Connection, dropped: Dropped) -> web.StreamResponse:
    """End the connection as the `Dropped` says."""
    if dropped.how == "hang":
        await connection.until_gone()
    elif connection.transport is not None:
        if dropped.how == "reset":
            _reset(connection.transport)
        connection.transport.close()
    return CLOSE


async def trickle(
    connection: Connection, head: bytes, reply: Reply, sleep: Callable[[float], Awaitable[None]]
) -> bool:
    """Send the body in pieces, or not all of it; whether the connection is still good."""
    pieces, over = reply.drip or (1, 0.0)
    parts = _split(reply.body[: reply.cut_after], pieces)
    for i, part in enumerate(parts):
        if i:
            await sleep(over / (len(parts) - 1))
        if connection.transport is None:
            return False
        connection.transport.write(part if i else head + part)
    if reply.cut_after is not None and connection.transport is not None:
        connection.transport.close()
    return reply.cut_after is None


def _split(body: bytes, pieces: int) -> list[bytes]:
    """At most so many parts of about the same length."""
    pieces = max(1, min(pieces, len(body)))
    edges = [len(body) * i // pieces for i in range(pieces + 1)]
    return [body[start:end] for start, end in pairwise(edges)]


def _reset(transport: asyncio.Transport) -> None:
    """Make the coming close a TCP RST; a bare abort() would send a FIN."""
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
