"""A client's connection, on the classes that aiohttp exports for servers of one's own.

aiohttp reads the requests, keeps the connection alive, holds back who sends too much and hangs up.
What it does not do is write: WeChat's header names and their order are not what it would send.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import http_exceptions, web

from ..core import masking
from ..world.world import DEFAULT
from .deadlines import Deadline, Patience
from .encoding import refusal
from .refusal import KEPT, LAST, LINGER, Refusal
from .request import Admit, HttpRequest, Peer, RefusedError

_NEVER = 1e9
_RECEIVED_AT_ONCE = 2**16
_CLIENT_HELLO = b"\x16"
_TLS_WAY = "use http://, or the port of --tls-port"
_OPTIONS: dict[str, Any] = {
    "keepalive_timeout": _NEVER,  # it would cut a slow head without a word; see `Deadline`
    "lingering_time": LINGER,
    "access_log": None,  # a line per call is the call log's
    # What is packed stays packed: WeChat does not unpack it, and 50 kB may hold 50 MB.
    "auto_decompress": False,
}

_NO_HTTP: dict[type[Exception], str] = {
    http_exceptions.BadStatusLine: "the request line is not 'METHOD /path HTTP/1.1'; "
    "a blank or a letter beyond ASCII in a URL has to be escaped (%20, %E5%B0%8F)",
    http_exceptions.LineTooLong: "a line of the head is longer than 8,190 bytes",
    http_exceptions.InvalidHeader: "a header line is not 'Name: value'",
}

_log = logging.getLogger(__name__)


Handler = Callable[[HttpRequest], Awaitable[bool]]
"""Answers a request; whether the connection goes on."""

OnRefusal = Callable[[Peer, HttpRequest | None, int, str], None]
"""Told of each request that gets no more than a refusal; without it where it was no HTTP."""


class HttpServer(web.Server):
    """Makes the protocol of each client that connects, and knows who is connected."""

    def __init__(self, handler: Handler, on_refusal: OnRefusal, patience: Patience) -> None:
        # Without handler_cancellation, a call that hangs would outlive its client.
        super().__init__(_answer, request_factory=_request, handler_cancellation=True)
        self.handler = handler
        self.on_refusal = on_refusal
        self.patience = patience
        self.met = 0
        """How many clients have connected."""

    def __call__(self) -> Connection:
        """A protocol for a client that just connected."""
        return self.connection()

    def connection(self, world: str = DEFAULT, admit: Admit | None = None) -> Connection:
        """The same for a client that came by the proxy, perhaps into a world of its choice."""
        return Connection(self, Peer(world, admit))

    async def stop(self, patience: float) -> None:
        """Let answers that are under way go out, then close every connection, idle or hanging."""
        connections = cast(list[Connection], self.connections)
        self.pre_shutdown()
        await self.shutdown(patience)
        tasks = [each.task for each in connections if each.task]
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in connections:
            each.abort()


class Connection(web.RequestHandler):
    """One client. Its requests are answered one after the other, in the order they came."""

    __slots__ = (
        "_deadline", "_latest", "_request", "_server", "head_began", "moved", "peer", "task",
    )  # fmt: skip

    def __init__(self, server: HttpServer, peer: Peer) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **_OPTIONS)
        self._server = server
        self.peer = peer
        self.task: asyncio.Task[None] | None = None
        """What answers its requests, once the first has come."""
        self.moved = 0.0
        """When it last sent something or was answered, by the loop's clock."""
        self.head_began: float | None = None
        """Since when it has been sending a head that is not whole yet."""
        self._request: HttpRequest | None = None
        self._latest = b""
        self._deadline: Deadline | None = None

    @property
    def arrived(self) -> int:
        """How many requests have come, those that wait for their turn included.

        aiohttp does not tell, but counts; without its private name it looks as if none waited.
        """
        return getattr(self, "_request_count", self.peer.served)

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self._request is not None or self.arrived > self.peer.served

    @property
    def is_amid_body(self) -> bool:
        """Whether the request that is being answered is still on its way."""
        return self._request is not None and not self._request.content.is_eof()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Get to know the client."""
        super().connection_made(transport)
        self.moved = self._loop.time()
        self._deadline = Deadline(self, cast(asyncio.Transport, transport), self._server.patience)
        if hasattr(transport, "max_size"):
            # asyncio asks recv() for 256 KiB, which a young process maps and unmaps each time:
            # 13 µs, a third of an exchange. Less than 128 KiB comes from the heap.
            transport.max_size = _RECEIVED_AT_ONCE
        self._server.met += 1
        self.peer.number = self._server.met
        self.peer.address = (transport.get_extra_info("peername") or ("",))[0]
        self.peer.secure = transport.get_extra_info("sslcontext") is not None

    def data_received(self, data: bytes) -> None:
        """Read on; what comes after a refusal is forgotten."""
        if self.peer.is_refused:
            return
        if data:  # aiohttp calls without any to go on with what it held back
            self._latest, self.moved = data, self._loop.time()
        super().data_received(data)
        if self.is_busy:
            self.head_began = None
        elif self.head_began is None:
            self.head_began = self.moved
        self._give_up_body()

    def abort(self) -> None:
        """Hang up, also on a client that does not read what is left for it."""
        if self._deadline is not None:
            self._deadline.transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the client."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp's says None: never stay
        """Stay for a client that has no more to send, if its answers are at hand."""
        peer, request = self.peer, self._request
        peer.has_sent_all = True
        self._give_up_body()
        if peer.is_refused or peer.secure:  # TLS cannot close one half alone
            return False
        return not request.waits if request else self.arrived > peer.served

    def _give_up_body(self) -> None:
        """End the wait for a body whose rest will never come.

        What comes behind a body that is not whole is no request, but its end in disorder.
        """
        request, peer = self._request, self.peer
        if request is None or request.content.is_eof():
            return
        if peer.has_sent_all or self.arrived > peer.served:
            request.give_up_body(web.RequestPayloadError())

    def give_up_slow_body(self) -> None:
        """Refuse a request whose body has come to a halt."""
        if self._request is not None:
            why = f"the body stopped: nothing came for {self._server.patience.body:g} s"
            self._request.give_up_body(RefusedError(408, why))

    def give_up_head(self) -> None:
        """Refuse a request whose head takes too long, and hang up."""
        why = f"the head was not whole after {self._server.patience.head:g} s"
        self._server.on_refusal(self.peer, None, 408, why)
        if self.transport is not None:
            self.transport.write(refusal(408, why))
        self.force_close()

    async def answer(self, request: HttpRequest) -> web.StreamResponse:
        """Answer a request; what is to come of the connection."""
        self.peer.served += 1
        self.task, self._request = request.task, request
        self._give_up_body()
        try:
            stays = await self._server.handler(request)
            await self._yield_and_drain(request)
        except ConnectionError:  # the client's doing
            return LAST
        finally:
            self._request, self.moved = None, self._loop.time()
        was_last = self.peer.has_sent_all and self.arrived == self.peer.served
        return KEPT if stays and not was_last else LAST

    async def _yield_and_drain(self, request: HttpRequest) -> None:
        """A client that sends many requests ahead must neither block the others nor fill memory."""
        if self.arrived > self.peer.served:
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
        request = cast(HttpRequest, request)
        if message is not None:
            self._tell_of_tls()
            return self._refuse(request, 400, _why_no_http(exc), is_http=False)
        if isinstance(exc, RefusedError):
            return self._refuse(request, exc.status, str(exc))
        if isinstance(exc, web.RequestPayloadError):
            return self._refuse(request, 400, "the body is broken")
        target = masking.text(request.target)[:200]
        _log.error("a defect of the emulator: %s %s", request.method, target, exc_info=exc)
        return Refusal(request, 500, "a defect of the emulator; its log says more")

    def _refuse(
        self, request: HttpRequest, status: int, why: str, *, is_http: bool = True
    ) -> Refusal:
        self._server.on_refusal(self.peer, request if is_http else None, status, why)
        return Refusal(request, status, why)

    def _tell_of_tls(self) -> None:
        if self._latest.startswith(_CLIENT_HELLO) and not self.peer.served:
            who = self.peer.address
            _log.warning("a client from %s speaks TLS to an HTTP port: %s", who, _TLS_WAY)


def _why_no_http(error: BaseException | None) -> str:
    """What is wrong with a head, in our words: aiohttp's would repeat what came."""
    for kind, why in _NO_HTTP.items():
        if isinstance(error, kind):
            return why
    return "this is not HTTP/1.1, or a head that breaks its rules"


# aiohttp's types know no request and no connection but its own.


async def _answer(request: web.BaseRequest) -> web.StreamResponse:
    return await cast(Connection, request.protocol).answer(cast(HttpRequest, request))


def _request(message: Any, body: Any, connection: Any, writer: Any, task: Any) -> HttpRequest:
    return HttpRequest(connection.peer, message, body, connection, writer, task)
