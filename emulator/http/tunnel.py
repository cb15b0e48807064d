"""Bytes to and fro between a client and a host that `--proxy-allow` names."""

from __future__ import annotations

import asyncio
from typing import cast

from .encoding import ESTABLISHED, proxy_refusal


class Tunnels:
    """Every open tunnel of a proxy."""

    def __init__(self, patience: float) -> None:
        """`patience` is how many seconds a host may take to accept."""
        self._patience = patience
        self._opening: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.Transport] = set()

    def open(self, client: asyncio.Transport, host: str, port: int, first: bytes) -> None:
        """Connect, tell the client so, and send the host what the client sent already."""
        client.pause_reading()
        task = asyncio.ensure_future(self._open(client, host, port, first))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def stop(self) -> None:
        """Cut all."""
        opening = list(self._opening)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        for transport in self._ends:
            transport.abort()

    async def _open(self, client: asyncio.Transport, host: str, port: int, first: bytes) -> None:
        near, far = _End(self._ends), _End(self._ends)
        near.other, far.other = far, near
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience):
                await loop.create_connection(lambda: far, host, port)
        except (OSError, UnicodeError) as error:  # TimeoutError is one; the other: no such name
            reason = getattr(error, "strerror", None) or "it does not accept"
            client.write(proxy_refusal(502, f"cannot reach {host} port {port}: {reason}"))
            client.close()
            return
        except BaseException:
            client.abort()
            raise
        client.set_protocol(near)
        near.connection_made(client)
        client.write(ESTABLISHED)
        far.transport.write(first)
        client.resume_reading()


class _End(asyncio.Protocol):
    """One of a tunnel's two ends; what comes in here goes out of the other."""

    other: _End
    transport: asyncio.Transport

    def __init__(self, open_ends: set[asyncio.Transport]) -> None:
        self._open_ends = open_ends
        self._read_all = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._open_ends.add(self.transport)

    def data_received(self, data: bytes) -> None:
        self.other.transport.write(data)

    def eof_received(self) -> bool:
        """Half a connection may go on; two ended halves are the end."""
        self._read_all = True
        if self.other._read_all:
            self.other.transport.close()
            return False
        self.other.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_ends.discard(self.transport)
        self.other.transport.close()

    def pause_writing(self) -> None:
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        self.other.transport.resume_reading()
