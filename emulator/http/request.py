"""One HTTP request as its handler sees it, and the client that sent it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from aiohttp import HttpVersion11, StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from msgspec import Struct

from ..world.world import DEFAULT
from .encoding import CONTINUE

Admit = Callable[[str, Mapping[str, str]], str]
"""The world of a target in absolute form and its headers; RefusedError if it leads elsewhere."""


class RefusedError(Exception):
    """A request that HTTP itself forbids: answered in a line, and the connection closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Peer(Struct):
    """Who is at the other end of a connection."""

    world: str = DEFAULT
    """Where its calls go unless their path names another."""
    admit: Admit | None = None
    """Of a proxy's client: judges targets in absolute form."""
    address: str = ""
    number: int = 0
    """Counts the connections of a server."""
    secure: bool = False
    """Whether it speaks TLS."""
    served: int = 0
    """How many requests of its have begun to be answered."""
    has_sent_all: bool = False
    """Whether it has closed its half of the connection."""
    is_refused: bool = False
    """Whether nothing it still sends is read."""


class HttpRequest(web.BaseRequest):
    """A head, a body that may still be on its way, and where the answer goes."""

    def __init__(
        self,
        peer: Peer,
        message: RawRequestMessage,
        body: StreamReader,
        connection: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> None:
        more = body, connection, writer, task, asyncio.get_running_loop()
        try:
            super().__init__(message, *more)
        except ValueError:  # a URL such as http://x:99999/, which aiohttp lets pass before 3.14.4
            super().__init__(message._replace(url=message.url.build(path="/")), *more)
        self.peer = peer
        self.target = message.path
        """As it was sent: a path with its query, or a whole URL."""
        self.waits = False
        """Whether it has to wait for its answer; see `waiting`."""

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
        if left >= 0 and self.takes_chunks and expects.lower() == "100-continue":
            self.write(CONTINUE)
        pieces: list[bytes] = []
        try:
            while left >= 0:
                piece = await body.readany()
                if not piece:
                    return b"".join(pieces)
                pieces.append(piece)
                if "Content-Length" not in self.headers:
                    left -= len(piece)
        finally:
            pieces.clear()  # a failure's traceback would keep them until a full collection
        raise RefusedError(413, f"expected a body of at most {limit:,} bytes")

    def give_up_body(self, why: Exception) -> None:
        """Tell who reads the body that its rest will never come."""
        self.content.set_exception(why)
        self.content.feed_eof()  # or aiohttp would wait for the rest, in order to forget it

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around a long wait: who has no more to send is not waited for, ConnectionError then."""
        if self.peer.has_sent_all:
            raise ConnectionResetError
        self.waits = True
        try:
            yield
        finally:
            self.waits = False


async def until_gone() -> None:
    """Wait until the client hangs up or the server stops: either cancels who waits."""
    await asyncio.get_running_loop().create_future()
