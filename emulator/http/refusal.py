"""What aiohttp is told of an answer: that it went out already, and whether it was the last."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from .encoding import refusal
from .request import HttpRequest, until_gone

LINGER = 10.0
"""Seconds to read and forget what a client still sends, or it would never see the answer."""


class Sent(web.StreamResponse):
    """A response whose bytes went out already."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._keeps_alive = keep_alive

    @property
    def keep_alive(self) -> bool:
        """Whether another request may follow."""
        return self._keeps_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to do."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to do."""


KEPT, LAST = Sent(keep_alive=True), Sent(keep_alive=False)
"""Whether another request may follow."""


class Refusal(Sent):
    """A line that says why, then the end of the connection."""

    def __init__(self, request: HttpRequest, status: int, reason: str) -> None:
        super().__init__(keep_alive=False)
        self._request = request
        request.write(refusal(status, reason))

    async def write_eof(self, data: bytes = b"") -> None:
        """Hang up gently on a client that may still be sending.

        To close with bytes unread is a reset, which takes back the answer as well.
        """
        transport = self._request.transport
        if transport is None or not transport.can_write_eof():
            return
        with suppress(OSError):  # it is gone
            transport.write_eof()
            if self._request.content.is_eof():  # what is left of a body is aiohttp's to forget
                await self._forget_the_rest()

    async def _forget_the_rest(self) -> None:
        self._request.peer.is_refused = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                await until_gone()
