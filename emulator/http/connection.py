"""A client's connection: requests come in, and are answered one after the other.

aiohttp's parser reads the requests. Its request handler is not used: WeChat's header names and
order are not what aiohttp sends, and its task, request, writer and response for every call cost
more than an exchange does.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.tcp_helpers import tcp_keepalive

from ..core import masking
from ..core.call import Reply
from ..world.clock import machine_now
from ..world.world import DEFAULT
from .encoding import STATUS_LINES, encode
from .parser import Body, BrokenBodyError, RequestReader

_RECEIVED_AT_ONCE = 2**16
_MOST_WAITING = 32
"""Requests a client may send ahead of their answers before it is read no further."""
_CLIENT_HELLO = 0x16
_TLS_WAY = "use http://, or the port of --tls-port"
_LINGER = 10.0
"""Seconds to read and forget the rest of a body, or its sender would never see the answer."""
# From Python 3.12 on, a task may begin at once instead of in the loop's next turn.
_AT_ONCE: dict[str, Any] = {"eager_start": True} if sys.version_info >= (3, 12) else {}

_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A request that HTTP itself forbids: answered in a line, and the connection closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Request:
    """One HTTP request: its head, a body that may still be on its way, and its connection."""

    __slots__ = ("body", "connection", "headers", "keep_alive", "method", "takes_chunks", "target")

    def __init__(
        self, connection: Connection, target: str, message: RawRequestMessage, body: Body
    ) -> None:
        self.connection = connection
        self.method = message.method
        self.target = target
        """As it was sent: a path with its query, or a whole URL."""
        self.headers = message.headers
        self.takes_chunks = message.version >= HttpVersion11
        self.keep_alive = not message.should_close
        self.body = body

    @property
    def has_body(self) -> bool:
        """Whether one was announced."""
        return self.body not in (b"", EMPTY_PAYLOAD)

    @property
    def is_read(self) -> bool:
        """Whether nothing of the body is left."""
        return isinstance(self.body, bytes) or self.body.at_eof()

    async def read(self, limit: int) -> bytes:
        """The body, which its client may hold back until told to go on; 413 past the limit."""
        if isinstance(self.body, bytes):
            return self.body
        expects = self.headers.get("Expect", "")
        if self.body.is_eof() and self.body.total_bytes <= limit and not expects:
            return self.body.read_nowait()  # it came with its head, as most do
        left = limit - int(self.headers.get("Content-Length", 0))
        if left >= 0 and expects.lower() == "100-continue":
            self.connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        pieces: list[bytes] = []
        while left >= 0:
            piece = await self.body.readany()
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            if "Content-Length" not in self.headers:
                left -= len(piece)
        raise RefusedError(413, f"expected a body of at most {limit} bytes")


Handler = Callable[[Request], Awaitable[bool]]
"""Answers a request; whether the connection goes on."""


Admit = Callable[[str, Mapping[str, str]], str]
"""The world of a target in absolute form and its headers; RefusedError if it leads elsewhere."""


class HttpServer:
    """Makes the protocol of each client that connects, and knows who is connected."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.connections: set[Connection] = set()
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> Connection:
        """A protocol for a client that just connected."""
        return Connection(self, self._loop)

    def connection(self, world: str = DEFAULT, admit: Admit | None = None) -> Connection:
        """The same for a client that came by the proxy, perhaps into a world of its choice."""
        connection = self()
        connection.world, connection.admit = world, admit
        return connection

    async def shutdown(self, patience: float) -> None:
        """Let answers that are under way go out, then close every connection, idle or hanging."""
        tasks = [task for each in self.connections if (task := each.end())]
        if tasks:
            _, hanging = await asyncio.wait(tasks, timeout=patience)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        for connection in self.connections:
            connection.close()


class Connection(BaseProtocol):
    """One client. A task answers as long as requests are waiting; an idle client has none."""

    def __init__(self, server: HttpServer, loop: asyncio.AbstractEventLoop) -> None:
        self._reader = RequestReader(self, loop)
        super().__init__(loop, self._reader.parser)
        self.served = 0
        """How many requests have begun to be answered."""
        self.world = DEFAULT
        """Where its calls go unless their path names another."""
        self.admit: Admit | None = None
        """Of a proxy's client: judges targets in absolute form."""
        self.peer = ""
        self.secure = False
        self._server = server
        self._waiting: deque[Request | HttpProcessingError] = deque()
        self._task: asyncio.Task[None] | None = None
        self._busy = False
        self._refused = False
        self._gone: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Get to know the client."""
        super().connection_made(transport)
        if self.transport is not None:
            tcp_keepalive(self.transport)
        if hasattr(transport, "max_size"):
            # asyncio asks recv() for 256 KiB, which a young process maps and unmaps each time:
            # 13 µs, a third of an exchange. Less than 128 KiB comes from the heap.
            transport.max_size = _RECEIVED_AT_ONCE
        self.peer = (transport.get_extra_info("peername") or ("",))[0]
        self.secure = transport.get_extra_info("sslcontext") is not None
        self._server.connections.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Let go of whoever waits for this client."""
        super().connection_lost(exc)
        self._server.connections.discard(self)
        self._reader.end()
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Queue the requests that are complete now, and see that they get answered."""
        if self._reader.ended:
            return
        try:
            for target, head, body in self._reader.feed(data):
                self._waiting.append(Request(self, target, head, body))
        except HttpProcessingError as error:
            if data[0] == _CLIENT_HELLO and not self.served:
                _log.warning("a client from %s speaks TLS to an HTTP port: %s", self.peer, _TLS_WAY)
            self._waiting.append(error)
        if self._waiting and not self._busy:
            self._busy = True
            self._task = asyncio.Task(self._serve(), loop=self._loop, **_AT_ONCE)
        elif len(self._waiting) > _MOST_WAITING and self.transport is not None:
            self.transport.pause_reading()

    def write(self, data: bytes) -> None:
        """Send, unless the client is gone."""
        if self.transport is not None:
            self.transport.write(data)

    async def drained(self) -> None:
        """Wait while the client is slow to take what was sent; ConnectionError once it is gone."""
        await self._drain_helper()

    async def until_gone(self) -> None:
        """Wait until the client hangs up, or the server stops."""
        if self.transport is not None:
            self._gone = self._loop.create_future()
            await self._gone

    def end(self) -> asyncio.Task[None] | None:
        """Take no more requests; the task of one that is still being answered."""
        self._reader.end()
        self._waiting.clear()
        return self._task if self._busy else None

    def close(self) -> None:
        """Hang up once all that was written is sent."""
        if self.transport is not None:
            self.transport.close()

    async def _serve(self) -> None:
        going = True
        try:
            while going and self._waiting:
                going = await self._answer(self._waiting.popleft())
                if self._waiting or self.writing_paused:
                    going = going and await self._let_others_in()
        finally:
            self._busy, self._task = False, None
            if not going or self._reader.ended:
                self._reader.end()
                self._hang_up()

    async def _answer(self, request: Request | HttpProcessingError) -> bool:
        if isinstance(request, HttpProcessingError):
            return self._refuse(400, request.message.partition("\n")[0].strip().rstrip(":"))
        self.served += 1
        try:
            going = await self._server.handler(request)
        except RefusedError as error:
            going = self._refuse(error.status, str(error))
        except BrokenBodyError:
            return self._refuse(400, "the body is broken")
        except ConnectionError:
            return False
        except Exception:
            target = masking.query(request.target)[:200]
            _log.exception("a defect of the emulator: %s %s", request.method, target)
            going = self._refuse(500, "a defect of the emulator; its log says more")
        if not request.is_read:
            going = await _skip(request.body) and going
        return going

    async def _let_others_in(self) -> bool:
        """A client that sends many requests ahead must neither block the others nor fill memory."""
        await asyncio.sleep(0)
        try:
            await self.drained()
        except ConnectionError:
            return False
        if len(self._waiting) == _MOST_WAITING and self.transport is not None:
            self.transport.resume_reading()
        return True

    def _hang_up(self) -> None:
        """Close, gently on a client that was refused: it may still be sending.

        To close with bytes unread is a reset, which takes back the answer as well.
        """
        transport = self.transport
        if self._refused and transport is not None and transport.can_write_eof():
            with suppress(OSError):  # it is gone
                transport.write_eof()
                self._loop.call_later(_LINGER, self.close)
                return
        self.close()

    def _refuse(self, status: int, reason: str) -> bool:
        self._refused = True
        text = f"{STATUS_LINES[status]}: {reason}\n".encode("utf-8", "replace")
        self.write(encode(Reply(text, status=status), at=machine_now(), keep_alive=False))
        return False


async def _skip(body: Body) -> bool:
    """Read and forget what is left of a body; whether it ended in time."""
    if isinstance(body, bytes):
        return True
    try:
        async with asyncio.timeout(_LINGER):
            while not body.at_eof():
                await body.readany()
    except (TimeoutError, BrokenBodyError):
        return False
    return True
