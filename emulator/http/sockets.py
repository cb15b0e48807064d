"""Sockets that listen: each address of a host, on one port, or plain words why not."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from typing import Any

from msgspec import Struct

_BACKLOG = 2048
# For asyncio a backlog is also how many it accepts in a turn, and how often it complains at once
# when file descriptors run out.
_ACCEPTED_PER_TURN = 16
# From Python 3.13 on, asyncio passes over an address that is not this machine's, and then complains
# without an errno that none is left.
_NOT_OURS = (errno.EADDRNOTAVAIL, None)


_NO_MORE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = logging.getLogger(__name__)


class AddressError(Exception):
    """An address that cannot be listened on; the text says which and why."""


class Listener(Struct):
    """An open socket that accepts."""

    server: asyncio.Server
    port: int


async def listen(
    factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
) -> list[Listener]:
    """A listener for each address of the host (`localhost` may have two), all on one port."""
    listeners: list[Listener] = []
    for address in await _addresses(host):
        try:
            listeners.append(await _bind(factory, address, port))
        except OSError as error:
            if listeners and error.errno in _NOT_OURS:
                continue  # a container's /etc/hosts names ::1 also where there is no IPv6
            for listener in listeners:
                listener.server.close()
            raise AddressError(f"cannot listen on {host} port {port}: {_why(error)}") from None
        port = listeners[0].port  # 0 gave a free one
    return listeners


async def _addresses(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise AddressError(
            f"cannot listen on {host}: expected an address of this machine, "
            "such as 127.0.0.1, ::1 or 0.0.0.0 (--host)"
        ) from None
    return list(dict.fromkeys(str(info[4][0]) for info in found))


async def _bind(factory: Callable[[], asyncio.BaseProtocol], address: str, port: int) -> Listener:
    server = await asyncio.get_running_loop().create_server(
        factory, address, port, backlog=_ACCEPTED_PER_TURN, reuse_address=True
    )
    with server.sockets[0].dup() as same:
        same.listen(_BACKLOG)
    return Listener(server, server.sockets[0].getsockname()[1])


class AcceptFailures:
    """An exception handler for a loop: a machine that has no more sockets is told of once a second.

    asyncio tries again each second; it would show a traceback for every client that waits.
    """

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Pass on what is anything else."""
        error = context.get("exception")
        if "socket" not in context or getattr(error, "errno", None) not in _NO_MORE:
            loop.default_exception_handler(context)
        elif loop.time() - self._told >= 1:
            self._told = loop.time()
            _log.warning(
                "no further client is let in until some leave: %s (`ulimit -n` allows more files)",
                getattr(error, "strerror", ""),
            )


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "something listens there already; stop it, or choose another port (0: a free one)"
    if error.errno == errno.EACCES:
        return "this user may not listen on a port below 1024"
    if error.errno in _NOT_OURS:
        return "that is not an address of this machine; see --host"
    return error.strerror or str(error)
