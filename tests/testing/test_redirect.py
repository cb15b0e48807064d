"""Programs that hard-code https://api.weixin.qq.com, unmodified, in this process."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import requests

from emulator.testing.emulator import Emulator, ServerThread
from tests.support import request

URL = (
    "{scheme}://api.weixin.qq.com/sns/jscode2session"
    "?appid=wx0000000000000001&secret=s&grant_type=authorization_code&js_code={code}"
)


@pytest.fixture(scope="module")
def thread() -> Iterator[ServerThread]:
    thread = ServerThread({})
    thread.start()
    yield thread
    thread.stop()


@pytest.fixture
def emulator(thread: ServerThread, request: pytest.FixtureRequest) -> Emulator:
    return thread.emulator(f"redirect-{abs(hash(request.node.name))}")


def by_urllib(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:  # noqa: S310  # the test's own URL
        return bytes(answer.read())


def by_aiohttp(url: str) -> bytes:
    async def get() -> bytes:
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return await answer.read()

    return asyncio.run(get())


def by_async_httpx(url: str) -> bytes:
    async def get() -> bytes:
        async with httpx.AsyncClient() as http:
            return (await http.get(url)).content

    return asyncio.run(get())


def by_name(url: str) -> bytes:
    """As httplib2: the name is resolved, but connected to by itself."""
    parts = urlsplit(url)
    secure, host = parts.scheme == "https", str(parts.hostname)
    port = 443 if secure else 80
    [(family, kind, protocol, *_), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    with socket.socket(family, kind, protocol) as plain:
        plain.connect((host, port))
        context = ssl.create_default_context()
        opened = context.wrap_socket(plain, server_hostname=host) if secure else plain
        with opened:
            opened.sendall(request(f"{parts.path}?{parts.query}"))
            return opened.makefile("rb").read().partition(b"\r\n\r\n")[2]


CLIENTS: dict[str, Callable[[str], bytes]] = {
    "urllib": by_urllib,
    "requests": lambda url: requests.get(url, timeout=5).content,
    "httpx": lambda url: httpx.get(url).content,
    "async httpx": by_async_httpx,
    "aiohttp": by_aiohttp,
    "one that connects by name": by_name,
}


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_hard_coded_host_ends_in_this_tests_world(
    client: str, scheme: str, emulator: Emulator
) -> None:
    url = URL.format(scheme=scheme, code=emulator.login("alice"))
    with emulator.redirect():
        assert "openid" in json.loads(CLIENTS[client](url))
    emulator.assert_called("jscode2session", user="alice", times=1)


def test_a_hard_coded_host_is_known_however_it_is_written(emulator: Emulator) -> None:
    with emulator.redirect():
        for name in ("API.weixin.QQ.com", b"api.weixin.qq.com."):
            assert {info[4][0] for info in socket.getaddrinfo(name, 443)} == {"127.84.80.1"}


def test_other_certificates_are_checked_as_before(emulator: Emulator, thread: ServerThread) -> None:
    opened = thread.run(thread.server.open_host_ports("default"))
    with (
        emulator.redirect(),
        socket.create_connection(("127.0.0.1", opened.ports[443])) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    thread.call(opened.close)


def test_afterwards_all_is_as_before(emulator: Emulator) -> None:
    before = socket.getaddrinfo, socket.socket.connect, ssl.SSLContext.wrap_socket
    with emulator.redirect():
        assert socket.getaddrinfo is not before[0]
    assert (socket.getaddrinfo, socket.socket.connect, ssl.SSLContext.wrap_socket) == before
    assert "connect" not in vars(socket.socket)
