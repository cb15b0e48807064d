"""From a plain connection to a TLS one: who keeps the bytes that come before, during and after."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

PATIENCE_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0


class FirstByteSniffer:
    """A protocol factory whose connections wait until it is clear who is to read them.

    `read` gets the transport and all bytes so far, again with each further one, until it answers
    True: then somebody else has the transport. Who takes too long is cut off.
    """

    def __init__(self, read: Callable[[asyncio.Transport, bytes], bool]) -> None:
        self.read = read
        self.waiting: set[asyncio.Transport] = set()

    def __call__(self) -> asyncio.Protocol:
        """A place for a connection that was just accepted."""
        return _Sniffing(self)

    def clear(self) -> None:
        """Cut off who still waits."""
        for transport in list(self.waiting):
            transport.abort()


class _Sniffing(asyncio.Protocol):
    def __init__(self, sniffer: FirstByteSniffer) -> None:
        self._sniffer = sniffer
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        loop = asyncio.get_running_loop()
        self._transport = cast(asyncio.Transport, transport)
        self._timer = loop.call_later(PATIENCE_SECONDS, self._transport.abort)
        self._sniffer.waiting.add(self._transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._sniffer.read(self._transport, self._data):
            self._done()

    def connection_lost(self, exc: Exception | None) -> None:
        self._done()

    def _done(self) -> None:
        self._timer.cancel()
        self._sniffer.waiting.discard(self._transport)


class EarlyData(asyncio.Protocol):
    """Keeps what arrives right behind the handshake until its reader takes over."""

    def __init__(self) -> None:
        self._data = b""
        self._lost = False

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self._data += data

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that nobody is there any more."""
        self._lost = True

    def hand_over(self, transport: asyncio.Transport, reader: asyncio.Protocol) -> None:
        """Let the reader begin, with what came so far."""
        if not self._lost:
            hand_over(transport, reader, self._data)


def hand_over(transport: asyncio.Transport, reader: asyncio.Protocol, data: bytes) -> None:
    """Give a connection that is open already to the protocol that reads on from the data."""
    transport.set_protocol(reader)
    reader.connection_made(transport)
    if data:
        reader.data_received(data)


async def start_tls(
    transport: asyncio.Transport, early: EarlyData, context: ssl.SSLContext, first: bytes
) -> asyncio.Transport:
    """The TLS transport on top of a plain one."""
    loop = asyncio.get_running_loop()
    starting = asyncio.ensure_future(
        loop.start_tls(
            transport,
            early,
            context,
            server_side=True,
            ssl_handshake_timeout=PATIENCE_SECONDS,
            ssl_shutdown_timeout=_GOODBYE_SECONDS,
        )
    )
    if first:
        await asyncio.sleep(0)  # start_tls puts its protocol on the transport …
        await asyncio.sleep(0)  # … and connects it, before it reads from the socket
        _feed(cast(asyncio.BufferedProtocol, transport.get_protocol()), first)
    secured = await starting
    if secured is None:
        raise ConnectionResetError("the client left during the handshake")
    return secured


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        taken = min(len(buffer), len(data))
        buffer[:taken] = data[:taken]
        protocol.buffer_updated(taken)
        data = data[taken:]
