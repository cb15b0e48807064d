"""A client that is nothing but a socket, to see what really happens on the wire."""

from __future__ import annotations

import asyncio
import re
import socket
from types import TracebackType
from typing import Self

_LENGTH = re.compile(rb"Content-Length: (\d+)")


class Connection:
    """One keep-alive connection; answers are raw bytes, a reset is ConnectionResetError."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket()
        self._socket.setblocking(False)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self._socket, ("127.0.0.1", self._port))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._socket.close()

    async def send(self, target: str) -> None:
        """Write a request and read nothing."""
        data = f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def receive(self) -> bytes:
        """The next bytes; empty is a FIN."""
        async with asyncio.timeout(5):
            return await asyncio.get_running_loop().sock_recv(self._socket, 65536)

    async def ask(self, target: str) -> bytes:
        """A whole answer, or what came of it before the connection ended."""
        await self.send(target)
        answer = b""
        while not _is_whole(answer) and (piece := await self.receive()):
            answer += piece
        return answer


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(end) and length is not None and len(body) >= int(length[1])
