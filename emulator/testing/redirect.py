"""WeChat's real host names, for this process, end at the emulator.

Two seams of Python's own socket and ssl modules are enough for every client built on them, with or
without asyncio: where a connection goes, and whose certificate it trusts. Both are put back.
"""

from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from ..core.hosts import WECHAT_HOSTS, host_name

# Where WeChat's names seem to live: on the loopback, and never really connected to.
_ADDRESS = "127.84.80.1"

_Function = Callable[..., Any]


@contextmanager
def redirected(ports: Mapping[int, int], certificate: bytes) -> Iterator[None]:
    """While it lasts, connections to WeChat's hosts go to the loopback.

    `ports` says which of our ports stands for which of WeChat's: `{443: 50123, 80: 50124}`. A
    client trusts the certificate (PEM) once it has met one of WeChat's hosts.
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


@contextmanager
def real_dates() -> Iterator[None]:
    """While it lasts, `datetime.datetime` is Python's own class, also under freezegun.

    cryptography keeps the class that it meets when it makes its first certificate, and refuses all
    others from then on: the tests after a frozen one would fail.
    """
    own = next(each for each in datetime.datetime.__mro__ if each.__module__ == "datetime")
    with patch.object(datetime, "datetime", own):
        yield


def _is_wechat(host: Any) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return isinstance(host, str) and host_name(host) in WECHAT_HOSTS


def _resolving(original: _Function) -> _Function:
    """As socket.getaddrinfo, but WeChat's names live at our address."""

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        return original(_ADDRESS if _is_wechat(host) else host, *args, **kwargs)

    return getaddrinfo


def _turning(ports: Mapping[int, int], original: _Function) -> _Function:
    """As socket.connect, but our address and WeChat's names lead to our ports.

    httplib2 resolves the name to see what there is, and then connects by the name.
    """

    def connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and (address[0] == _ADDRESS or _is_wechat(address[0])):
            address = "127.0.0.1", ports.get(address[1], address[1])
        return original(self, address)

    return connect


def _trusting(certificate: str, original: _Function) -> _Function:
    """As SSLContext.wrap_socket, but the certificate is trusted for WeChat's names.

    Contexts that were made long ago, as aiohttp's at its import, are met at the handshake.
    """

    def wrap(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> Any:
        if _is_wechat(kwargs.get("server_hostname")):
            self.load_verify_locations(cadata=certificate)
        return original(self, *args, **kwargs)

    return wrap
