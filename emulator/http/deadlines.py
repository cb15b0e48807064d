"""How long a connection may stand still: one timer looks, and is moved, never made anew.

aiohttp closes idle connections and nothing else. A client that stops in the middle of a head, of a
body or of reading its answer would keep its place, and what it has sent, for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct


class Patience(Struct, frozen=True):
    """Seconds that a client has; nginx, which stands before WeChat, has such limits, too."""

    head: float
    """From a head's first byte to its last."""
    body: float
    """Between two pieces of a body."""
    write: float
    """Between two pieces of an answer that it takes."""
    idle: float
    """Between an answer and the next request."""

    @property
    def shortest(self) -> float:
        """How soon one of them may be over, whatever begins now."""
        return min(self.head, self.body, self.write, self.idle)


class Client(Protocol):
    """What there is to know of a connection, and how to end it."""

    moved: float
    """When it last sent something or was answered, by the loop's clock."""
    head_began: float | None
    """Since when it has been sending a head that is not whole yet."""

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        ...

    @property
    def is_amid_body(self) -> bool:
        """Whether the request that is being answered is still on its way."""
        ...

    def give_up_slow_body(self) -> None:
        """Refuse a request whose body has come to a halt."""
        ...

    def give_up_head(self) -> None:
        """Refuse a request whose head takes too long, and hang up."""
        ...

    def force_close(self) -> None:
        """Hang up."""
        ...


class Deadline:
    """The timer of one connection."""

    __slots__ = ("_client", "_patience", "_timer", "_unsent", "_unsent_since", "transport")

    def __init__(self, client: Client, transport: asyncio.Transport, patience: Patience) -> None:
        self._client = client
        self.transport = transport
        self._patience = patience
        self._unsent, self._unsent_since = 0, 0.0
        self._timer = asyncio.get_running_loop().call_later(patience.shortest, self._look)

    def cancel(self) -> None:
        """The connection is no more."""
        self._timer.cancel()

    def _look(self) -> None:
        """End what has stood still for too long; look again when that may be the case."""
        loop, patience = asyncio.get_running_loop(), self._patience
        end, since, seconds = self._awaited(loop.time())
        left = since + seconds - loop.time()
        if left <= 0:
            end()
        # What begins in the meantime may be over before what is awaited now.
        pause = min(left, patience.shortest) if left > 0 else patience.shortest
        self._timer = loop.call_later(pause, self._look)

    def _awaited(self, now: float) -> tuple[Callable[[], None], float, float]:
        """How to end what the client is to do next, since when it is, and how long it may take."""
        client, patience = self._client, self._patience
        if unsent := self._stuck_since(now):
            return self.transport.abort, unsent, patience.write
        if client.is_amid_body:
            return client.give_up_slow_body, client.moved, patience.body
        if client.is_busy:
            return client.force_close, now, patience.idle
        if client.head_began is not None:
            return client.give_up_head, client.head_began, patience.head
        return client.force_close, client.moved, patience.idle

    def _stuck_since(self, now: float) -> float:
        """Since when it has taken nothing of what lies ready for it; 0 if nothing does."""
        unsent = self.transport.get_write_buffer_size()
        if unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        return self._unsent_since if unsent else 0.0
