"""What a fault is to clients that ask for https://api.weixin.qq.com, by proxy and by name."""

from __future__ import annotations

CLIENTS = ("aiohttp", "requests", "httpx", "urllib", "curl", "node's fetch", "node's https")
# "A or B": over TLS, Python 3.11's ssl module (CPython issue 115627) and sometimes Node's fetch
# take a reset for the end of the stream. On the wire it is one: tests/http/test_proxy.py.
# fmt: off
BY_NAME: dict[str, tuple[str, ...]] = {
    "reset": ("ClientOSError", "ConnectionError", "RemoteProtocolError or ReadError",
              "RemoteDisconnected or ConnectionResetError", "exit 56",
              "ECONNRESET or UND_ERR_SOCKET", "ECONNRESET"),
    "close": ("ServerDisconnectedError", "ConnectionError", "RemoteProtocolError",
              "RemoteDisconnected", "exit 52", "UND_ERR_SOCKET", "ECONNRESET"),
    "lost_reply": ("ServerDisconnectedError", "ConnectionError", "RemoteProtocolError",
                   "RemoteDisconnected", "exit 52", "UND_ERR_SOCKET", "ECONNRESET"),
    "truncate-20": ("ClientPayloadError", "ChunkedEncodingError", "RemoteProtocolError",
                    "IncompleteRead", "exit 18", "UND_ERR_SOCKET", "ECONNRESET"),
}
# fmt: on


def by_proxy(word: str) -> tuple[str, ...]:
    """The same, but that urllib3 takes a broken connection for the proxy's fault."""
    told = list(BY_NAME[word])
    if told[1] == "ConnectionError":
        told[1] = "ProxyError"
    return tuple(told)
