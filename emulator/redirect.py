"""WeChat's real host names, for this process, end at the emulator.

Two seams of Python's own socket and ssl modules are enough for every client built on them, with or
without asyncio: where a connection goes, and whose certificate it trusts. Both are put back.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .hosts import WECHAT_HOSTS

# Where WeChat's names seem to live: on the loopback, and never really connected to.
_ADDRESS = "127.84.80.1"


@contextmanager
def redirected(doors: Mapping[int, int], certificate: bytes) -> Iterator[None]:
    """While it lasts, connections to WeChat's hosts go to the loopback.

    `doors` says which of our ports stands for which of WeChat's: `{443: 50123, 80: 50124}`. A
    client trusts the certificate (PEM) once it has met one of WeChat's hosts.
    """
    with _names_resolve(), _connections_turn(doors), _certificate_is_trusted(certificate.decode()):
        yield


@contextmanager
def _replaced(owner: Any, name: str, make: Callable[[Any], Any]) -> Iterator[None]:
    original = getattr(owner, name)
    inherited = name not in vars(owner)
    setattr(owner, name, make(original))
    try:
        yield
    finally:
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)


def _is_wechat(host: Any) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return isinstance(host, str) and host.lower().rstrip(".") in WECHAT_HOSTS


@contextmanager
def _names_resolve() -> Iterator[None]:
    def make(original: Any) -> Any:
        def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
            return original(_ADDRESS if _is_wechat(host) else host, *args, **kwargs)

        return getaddrinfo

    with _replaced(socket, "getaddrinfo", make):
        yield


@contextmanager
def _connections_turn(doors: Mapping[int, int]) -> Iterator[None]:
    def turned(address: Any) -> Any:
        if isinstance(address, tuple) and address[0] == _ADDRESS:
            return "127.0.0.1", doors.get(address[1], address[1])
        return address

    def make(original: Any) -> Any:
        return lambda self, address: original(self, turned(address))

    with (
        _replaced(socket.socket, "connect", make),
        _replaced(socket.socket, "connect_ex", make),
    ):
        yield


@contextmanager
def _certificate_is_trusted(certificate: str) -> Iterator[None]:
    """Contexts that were made long ago, as aiohttp's at its import, are met at the handshake."""

    def make(original: Any) -> Any:
        def wrap(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> Any:
            if _is_wechat(kwargs.get("server_hostname")):
                self.load_verify_locations(cadata=certificate)
            return original(self, *args, **kwargs)

        return wrap

    with (
        _replaced(ssl.SSLContext, "wrap_socket", make),
        _replaced(ssl.SSLContext, "wrap_bio", make),
    ):
        yield
