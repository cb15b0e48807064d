"""A client's connection, on the classes that aiohttp exports for servers of one's own.

aiohttp reads the requests, keeps the connection alive, holds back who sends too much and hangs up.
What it does not do is write: WeChat's header names and their order are not what it would send.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from ..core import masking
from ..world.world import DEFAULT
from .refusal import KEPT, LAST, LINGER, Refusal
from .request import Admit, HttpRequest, Peer, RefusedError

KEEPALIVE = 75.0
"""Seconds that an idle connection stays open, as nginx has it, which stands before WeChat."""
_RECEIVED_AT_ONCE = 2**16
_CLIENT_HELLO = b"\x16"
_TLS_WAY = "use http://, or the port of --tls-port"
_OPTIONS: dict[str, Any] = {
    "keepalive_timeout": KEEPALIVE,
    "lingering_time": LINGER,
    "access_log": None,  # a line per call is the call log's
    # What is packed stays packed: WeChat does not unpack it, and 50 kB may hold 50 MB.
    "auto_decompress": False,
}

_log = logging.getLogger(__name__)


Handler = Callable[[HttpRequest], Awaitable[bool]]
"""Answers a request; whether the connection goes on."""


class HttpServer(web.Server):
    """Makes the protocol of each client that connects, and knows who is connected."""

    def __init__(self, handler: Handler) -> None:
        # Without handler_cancellation, a call that hangs would outlive its client.
        super().__init__(_answer, request_factory=_request, handler_cancellation=True)
        self.handler = handler

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


class Connection(web.RequestHandler):
    """One client. Its requests are answered one after the other, in the order they came."""

    __slots__ = ("_latest", "_request", "_server", "peer", "task")

    def __init__(self, server: HttpServer, peer: Peer) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **_OPTIONS)
        self._server = server
        self.peer = peer
        self.task: asyncio.Task[None] | None = None
        """What answers its requests, once the first has come."""
        self._request: HttpRequest | None = None
        self._latest = b""

    @property
    def arrived(self) -> int:
        """How many requests have come, those that wait for their turn included.

        aiohttp does not tell, but counts; without its private name it looks as if none waited.
        """
        return getattr(self, "_request_count", self.peer.served)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Get to know the client."""
        super().connection_made(transport)
        if hasattr(transport, "max_size"):
            # asyncio asks recv() for 256 KiB, which a young process maps and unmaps each time:
            # 13 µs, a third of an exchange. Less than 128 KiB comes from the heap.
            transport.max_size = _RECEIVED_AT_ONCE
        self.peer.address = (transport.get_extra_info("peername") or ("",))[0]
        self.peer.secure = transport.get_extra_info("sslcontext") is not None

    def data_received(self, data: bytes) -> None:
        """Read on; what comes after a refusal is forgotten."""
        if self.peer.is_refused:
            return
        if data:  # aiohttp calls without any to go on with what it held back
            self._latest = data
        super().data_received(data)
        self._give_up_body()

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
            request.give_up_body()

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
            self._request = None
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
            if self._latest.startswith(_CLIENT_HELLO) and not self.peer.served:
                who = self.peer.address
                _log.warning("a client from %s speaks TLS to an HTTP port: %s", who, _TLS_WAY)
            return Refusal(request, 400, message.partition("\n")[0].strip().rstrip(":"))
        if isinstance(exc, RefusedError):
            return Refusal(request, exc.status, str(exc))
        if isinstance(exc, web.RequestPayloadError):
            return Refusal(request, 400, "the body is broken")
        target = masking.query(request.target)[:200]
        _log.error("a defect of the emulator: %s %s", request.method, target, exc_info=exc)
        return Refusal(request, 500, "a defect of the emulator; its log says more")


# aiohttp's types know no request and no connection but its own.


async def _answer(request: web.BaseRequest) -> web.StreamResponse:
    return await cast(Connection, request.protocol).answer(cast(HttpRequest, request))


def _request(message: Any, body: Any, connection: Any, writer: Any, task: Any) -> HttpRequest:
    return HttpRequest(connection.peer, message, body, connection, writer, task)
