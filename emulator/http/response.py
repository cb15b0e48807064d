"""The last step: an outcome goes out, whole in one write, in pieces, or as no answer at all.

Each function says whether the connection is good for another request.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from itertools import pairwise

from ..core.call import Dropped, Outcome, Reply
from ..world.clock import Clock
from .encoding import encode, stream_head
from .request import HttpRequest


async def give(request: HttpRequest, outcome: Outcome, now: float, clock: Clock) -> bool:
    """Answer as the outcome says."""
    if isinstance(outcome, Dropped):
        return await _drop(request, outcome, clock)
    if (outcome.cut_after is None and outcome.drip is None) or request.method == "HEAD":
        return send(request, outcome, now)
    return await _trickle(request, outcome, now, clock)


def send(request: HttpRequest, reply: Reply, now: float) -> bool:
    """Answer in one write."""
    keep_alive, head_only = request.keep_alive, request.method == "HEAD"
    data = encode(reply, at=now, keep_alive=keep_alive, head_only=head_only)
    request.write(data)
    return keep_alive


async def stream(
    request: HttpRequest, pieces: AsyncIterator[bytes], content_type: str, now: float
) -> bool:
    """Answer as quickly as the pieces come and the client takes them; others get their turns."""
    chunked = request.takes_chunks
    keep_alive = request.keep_alive and chunked
    request.write(stream_head(content_type, at=now, keep_alive=keep_alive, chunked=chunked))
    async for piece in pieces:
        request.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        await request.writer.drain()
        await asyncio.sleep(0)
    request.write(b"0\r\n\r\n" if chunked else b"")
    return keep_alive


async def _trickle(request: HttpRequest, reply: Reply, now: float, clock: Clock) -> bool:
    """Send the body in pieces, or not all of it."""
    pieces, over = reply.drip or (1, 0.0)
    parts = _split(reply.body[: reply.cut_after], pieces)
    head = encode(reply, at=now, keep_alive=request.keep_alive, head_only=True)
    request.write(head + parts[0])
    steady = clock.steady()
    begin = steady()
    for i, part in enumerate(parts[1:], 1):
        await clock.sleep_until(begin + over * i / (len(parts) - 1), steady)
        request.write(part)
    return request.keep_alive and reply.cut_after is None


def _split(body: bytes, pieces: int) -> list[bytes]:
    """At most so many parts of about the same length."""
    pieces = max(1, min(pieces, len(body)))
    edges = [len(body) * i // pieces for i in range(pieces + 1)]
    return [body[start:end] for start, end in pairwise(edges)]


async def _drop(request: HttpRequest, dropped: Dropped, clock: Clock) -> bool:
    """Give no answer."""
    if dropped.how == "hang":
        with request.waiting():
            await clock.until_ended()
    elif dropped.how == "reset" and request.transport is not None:
        _reset(request.transport)
    return False


def _reset(transport: asyncio.Transport) -> None:
    """Make the coming close a TCP RST; a bare abort() would send a FIN."""
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
