"""Leads connections to WeChat's real host names to the emulator, within this process.

It replaces functions of Python's socket and ssl modules for a while: those that say where a
connection goes, and which certificate it trusts. Every client built on them follows, with or
without asyncio.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from ..core.hosts import WECHAT_HOSTS

# The address that WeChat's names seem to have: on the loopback, and never really used.
_ADDRESS = "127.84.80.1"

_Function = Callable[..., Any]


@contextmanager
def redirected(ports: Mapping[int, int], certificate: bytes) -> Iterator[None]:
    """Inside the block, connections to WeChat's hosts go to ports of this machine.

    `ports` says which of them stands for which of WeChat's: `{443: 50123, 80: 50124}`. A client
    trusts the certificate (PEM) when it connects to one of WeChat's hosts.
    """
    resolve, connect = _resolving(socket.getaddrinfo), partial(_turning, ports)
    trust = partial(_trusting, certificate.decode())
    plain, secured = socket.socket, ssl.SSLContext
    with (
        patch.object(socket, "getaddrinfo", resolve),
        patch.object(plain, "connect", connect(plain.connect)),
        patch.object(plain, "connect_ex", connect(plain.connect_ex)),
        patch.object(secured, "wrap_socket", trust(secured.wrap_socket)),
        patch.object(secured, "wrap_bio", trust(secured.wrap_bio)),
    ):
        yield


def _is_wechat(host: Any) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return isinstance(host, str) and host.lower().rstrip(".") in WECHAT_HOSTS


def _resolving(original: _Function) -> _Function:
    """As socket.getaddrinfo, but WeChat's names have our address."""

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        return original(_ADDRESS if _is_wechat(host) else host, *args, **kwargs)

    return getaddrinfo


def _turning(ports: Mapping[int, int], original: _Function) -> _Function:
    """As socket.connect, but our address leads to our ports."""

    def connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] == _ADDRESS:
            address = "127.0.0.1", ports.get(address[1], address[1])
        return original(self, address)

    return connect


def _trusting(certificate: str, original: _Function) -> _Function:
    """As SSLContext.wrap_socket, but the certificate is trusted for WeChat's names.

    It is done at the handshake, because a context may be older than the block: aiohttp makes its
    own when it is imported.
    """

    def wrap(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> Any:
        if _is_wechat(kwargs.get("server_hostname")):
            self.load_verify_locations(cadata=certificate)
        return original(self, *args, **kwargs)

    return wrap
