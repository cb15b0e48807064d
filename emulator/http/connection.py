"""A client's connection, on the classes that aiohttp exports for servers of one's own.

aiohttp reads the requests, keeps the connection alive, holds back who sends too much and hangs up.
What it does not do is write: WeChat's header names and their order are not what it would send.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import HttpVersion11, StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from ..core import masking
from ..core.call import Reply
from ..world.clock import machine_now
from ..world.world import DEFAULT
from .encoding import STATUS_LINES, encode

_RECEIVED_AT_ONCE = 2**16
_CLIENT_HELLO = b"\x16"
_TLS_WAY = "use http://, or the port of --tls-port"
_LINGER = 10.0
"""Seconds to read and forget what a client still sends, or it would never see the answer."""
_OPTIONS: dict[str, Any] = {
    "keepalive_timeout": 75.0,  # as WeChat's gateway, an nginx, has it
    "lingering_time": _LINGER,
    "access_log": None,  # a line per call is the call log's
    # What is packed stays packed: WeChat does not unpack it, and 50 kB may hold 50 MB.
    "auto_decompress": False,
}

_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A request that HTTP itself forbids: answered in a line, and the connection closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class HttpRequest(web.BaseRequest):
    """One HTTP request: its head, a body that may still be on its way, and its connection."""

    def __init__(
        self,
        message: RawRequestMessage,
        body: StreamReader,
        connection: Connection,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> None:
        more = body, connection, writer, task, asyncio.get_running_loop()
        try:
            super().__init__(message, *more)
        except ValueError:  # a URL such as http://x:99999/, which aiohttp lets pass before 3.14.4
            super().__init__(message._replace(url=message.url.build(path="/")), *more)
        self.connection = connection
        self.target = message.path
        """As it was sent: a path with its query, or a whole URL."""

    @property
    def takes_chunks(self) -> bool:
        """Whether an answer may come in chunks."""
        return self.version >= HttpVersion11

    def write(self, data: bytes) -> None:
        """Send, unless the client is gone."""
        if (transport := self.transport) is not None:
            transport.write(data)

    async def read_at_most(self, limit: int) -> bytes:
        """The body, which its client may hold back until told to go on; 413 past the limit."""
        body, expects = self.content, self.headers.get("Expect", "")
        if body.is_eof() and body.total_bytes <= limit and not expects:
            return body.read_nowait()  # it came with its head, as most do
        left = limit - int(self.headers.get("Content-Length", 0))
        if left >= 0 and expects.lower() == "100-continue":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.connection.give_up_body()
        pieces: list[bytes] = []
        while left >= 0:
            piece = await body.readany()
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            if "Content-Length" not in self.headers:
                left -= len(piece)
        raise RefusedError(413, f"expected a body of at most {limit} bytes")


Handler = Callable[[HttpRequest], Awaitable[bool]]
"""Answers a request; whether the connection goes on."""


Admit = Callable[[str, Mapping[str, str]], str]
"""The world of a target in absolute form and its headers; RefusedError if it leads elsewhere."""


class HttpServer(web.Server):
    """Makes the protocol of each client that connects, and knows who is connected."""

    def __init__(self, handler: Handler) -> None:
        async def answer(request: HttpRequest) -> web.StreamResponse:
            return await request.connection.answer(request, handler)

        make: Any = HttpRequest  # the types of aiohttp know no request but its own
        handle: Any = answer
        # Without handler_cancellation, a call that hangs would outlive its client.
        super().__init__(handle, request_factory=make, handler_cancellation=True)

    def __call__(self) -> Connection:
        """A protocol for a client that just connected."""
        return Connection(self)

    def connection(self, world: str = DEFAULT, admit: Admit | None = None) -> Connection:
        """The same for a client that came by the proxy, perhaps into a world of its choice."""
        connection = self()
        connection.world, connection.admit = world, admit
        return connection

    async def stop(self, patience: float) -> None:
        """Let answers that are under way go out, then close every connection, idle or hanging."""
        connections = [each for each in self.connections if isinstance(each, Connection)]
        self.pre_shutdown()
        await self.shutdown(patience)
        tasks = [each.task for each in connections if each.task]
        await asyncio.gather(*tasks, return_exceptions=True)


class Connection(web.RequestHandler):
    """One client. Its requests are answered one after the other, in the order they came."""

    __slots__ = (
        "_latest",
        "_read_all",
        "_refused",
        "_request",
        "_waits",
        "admit",
        "peer",
        "secure",
        "served",
        "task",
        "world",
    )

    def __init__(self, server: HttpServer) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **_OPTIONS)
        self.served = 0
        """How many requests have begun to be answered."""
        self.world = DEFAULT
        """Where its calls go unless their path names another."""
        self.admit: Admit | None = None
        """Of a proxy's client: judges targets in absolute form."""
        self.peer = ""
        self.secure = False
        self.task: asyncio.Task[None] | None = None
        """What answers its requests, once the first has come."""
        self._request: HttpRequest | None = None
        self._latest = b""
        self._read_all = False
        self._refused = False
        self._waits = False

    @property
    def arrived(self) -> int:
        """How many requests have come, those that wait for their turn included.

        aiohttp does not tell, but counts; without its private name it looks as if none waited.
        """
        return getattr(self, "_request_count", self.served)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Get to know the client."""
        super().connection_made(transport)
        if hasattr(transport, "max_size"):
            # asyncio asks recv() for 256 KiB, which a young process maps and unmaps each time:
            # 13 µs, a third of an exchange. Less than 128 KiB comes from the heap.
            transport.max_size = _RECEIVED_AT_ONCE
        self.peer = (transport.get_extra_info("peername") or ("",))[0]
        self.secure = transport.get_extra_info("sslcontext") is not None

    def data_received(self, data: bytes) -> None:
        """Read on; what comes after a refusal is forgotten."""
        if self._refused:
            return
        if data:  # aiohttp calls without any to go on with what it held back
            self._latest = data
        super().data_received(data)
        self.give_up_body()

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp's says None: never stay
        """Stay for a client that has no more to send, if its answers are at hand."""
        self._read_all = True
        self.give_up_body()
        if self._refused or self._waits or self.secure:  # TLS cannot close one half alone
            return False
        return self._request is not None or self.arrived > self.served

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around a long wait: a client that sends no more is gone; ConnectionError if it is now."""
        if self._read_all:
            raise ConnectionResetError
        self._waits = True
        try:
            yield
        finally:
            self._waits = False

    def give_up_body(self) -> None:
        """Tell who reads a body that its rest will never come, if that is so.

        What comes behind a body that is not whole is no request, but its end in disorder.
        """
        request = self._request
        ended = self._read_all or self.arrived > self.served
        if ended and request is not None and not request.content.is_eof():
            request.content.set_exception(web.RequestPayloadError())
            request.content.feed_eof()  # or aiohttp would wait for the rest of it

    async def answer(self, request: HttpRequest, handler: Handler) -> web.StreamResponse:
        """Answer a request; what is left to do, if only to close the connection."""
        self.served += 1
        self.task, self._request = request.task, request
        try:
            stays = await handler(request)
            await self._yield_and_drain(request)
        except ConnectionError:  # the client's doing
            return _LAST
        finally:
            self._request = None
        if self._read_all and self.arrived == self.served:
            return _LAST
        return _KEPT if stays else _LAST

    async def _yield_and_drain(self, request: HttpRequest) -> None:
        """A client that sends many requests ahead must neither block the others nor fill memory."""
        if self.arrived > self.served:
            await asyncio.sleep(0)
        if self.writing_paused:
            await request.writer.drain()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The refusal of what is no HTTP, of what a handler refuses, or after a defect."""
        if message is not None:
            if self._latest.startswith(_CLIENT_HELLO) and not self.served:
                _log.warning("a client from %s speaks TLS to an HTTP port: %s", self.peer, _TLS_WAY)
            reason = message.partition("\n")[0].strip().rstrip(":")
            return _Refusal(request, 400, reason)
        if isinstance(exc, RefusedError):
            return _Refusal(request, exc.status, str(exc))
        if isinstance(exc, web.RequestPayloadError):
            return _Refusal(request, 400, "the body is broken")
        target = masking.query(request.raw_path)[:200]
        _log.error("a defect of the emulator: %s %s", request.method, target, exc_info=exc)
        return _Refusal(request, 500, "a defect of the emulator; its log says more")

    async def forget_the_rest(self) -> None:
        """Let the client send for a while what nobody reads."""
        self._refused = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                await until_gone()


async def until_gone() -> None:
    """Wait until the client hangs up or the server stops: either cancels who waits."""
    await asyncio.get_running_loop().create_future()


class _Sent(web.StreamResponse):
    """A response whose bytes went out already."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._stays = keep_alive

    @property
    def keep_alive(self) -> bool:
        """Whether another request may follow."""
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to do."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to do."""


_KEPT, _LAST = _Sent(keep_alive=True), _Sent(keep_alive=False)


class _Refusal(_Sent):
    """A line that says why, then the end of the connection."""

    def __init__(self, request: web.BaseRequest, status: int, reason: str) -> None:
        super().__init__(keep_alive=False)
        assert isinstance(request, HttpRequest)  # noqa: S101  # the factory makes no other
        self._request = request
        text = f"{STATUS_LINES[status]}: {reason}\n".encode("utf-8", "replace")
        request.write(encode(Reply(text, status=status), at=machine_now(), keep_alive=False))

    async def write_eof(self, data: bytes = b"") -> None:
        """Hang up gently on a client that may still be sending.

        To close with bytes unread is a reset, which takes back the answer as well.
        """
        transport = self._request.transport
        if transport is None or not transport.can_write_eof():
            return
        with suppress(OSError):  # it is gone
            transport.write_eof()
            if self._request.content.is_eof():  # the rest of a body is read by aiohttp
                await self._request.connection.forget_the_rest()
