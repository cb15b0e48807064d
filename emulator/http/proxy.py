"""The forward proxy: WeChat's hosts end here, everything else is refused or, if allowed, tunnelled.

A protocol of our own decides by the first bytes, because aiohttp never answers CONNECT.
Imported only once a proxy port is asked for.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from binascii import Error as BadBase64Error
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ..core.hosts import WECHAT_HOSTS, covers, host_name, split_host
from ..core.masking import shortened
from ..core.masking import text as masked
from ..core.settings import Settings
from ..tls.context import CLIENT_HELLO, Tls, client_of
from ..tls.sniff import PATIENCE_SECONDS, FirstByteSniffer, hand_over
from ..world.world import DEFAULT
from .connection import HttpServer
from .encoding import ESTABLISHED, proxy_refusal
from .request import RefusedError
from .tunnel import Tunnels

_CONNECT = b"CONNECT "
_HEAD_BYTES = 16 * 1024


class Proxy:
    """Leads clients to the emulator although they ask for `https://api.weixin.qq.com`."""

    def __init__(
        self, settings: Settings, http: HttpServer, tls: Tls, note: Callable[[str], None]
    ) -> None:
        self._allowed = [split_host(each) for each in settings.proxy_allow]
        self._http = http
        self._tls = tls
        self._note = note
        self._tunnels = Tunnels(PATIENCE_SECONDS)
        self.listener = FirstByteSniffer(self._read)
        """The protocol factory for the proxy's ports."""
        self.was_used = False
        """Whether any client asked for one of WeChat's hosts."""

    async def stop(self) -> None:
        """Cut off who waits, and every tunnel."""
        self.listener.clear()
        await self._tunnels.stop()

    def admit(self, target: str, headers: Mapping[str, str]) -> str:
        """The world of a request in absolute form; RefusedError if its host is not WeChat's."""
        parts = urlsplit(target)
        host = host_name(parts.netloc.rpartition("@")[2])
        if host not in WECHAT_HOSTS:
            raise RefusedError(403, self._refusal(host, f"{parts.scheme} request for {host}"))
        self.was_used = True
        return _world(headers.get("Proxy-Authorization", ""))

    def _read(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Decide who reads on; False as long as that cannot be told."""
        if data[0] == CLIENT_HELLO:
            self._note(
                f"{client_of(transport)} speaks TLS to the proxy port: "
                "its proxy URL has to begin with http://, also for https:// targets"
            )
            transport.close()
        elif not data.startswith(_CONNECT[: len(data)]):
            hand_over(transport, self._http.connection(admit=self.admit), data)
        elif b"\r\n\r\n" in data:
            head, _, rest = data.partition(b"\r\n\r\n")
            self._connect(transport, head.decode("latin-1"), rest)
        elif len(data) > _HEAD_BYTES:
            _refuse(transport, 431, "the head is too long")
        else:
            return False
        return True

    def _connect(self, transport: asyncio.Transport, head: str, rest: bytes) -> None:
        line, *fields = head.split("\r\n")
        target = line.removeprefix("CONNECT ").partition(" ")[0]
        host, port = split_host(target)
        if host in WECHAT_HOSTS and port in ("443", "80"):
            self._arrive(transport, _world(_credentials(fields)), port, rest)
        elif self._is_allowed(host, port) and _is_port(port):
            self._tunnels.open(transport, host, int(port), rest)
        elif host in WECHAT_HOSTS:
            text = f"WeChat's hosts have ports 443 and 80 only, you asked for {_shown(target)}"
            _refuse(transport, 403, text)
        else:
            _refuse(transport, 403, self._refusal(host, f"CONNECT {target}"))

    def _arrive(self, transport: asyncio.Transport, world: str, port: str, rest: bytes) -> None:
        self.was_used = True
        transport.write(ESTABLISHED)
        connection = self._http.connection(world)
        if port == "443":
            self._tls.secure(transport, connection, world, rest)
        else:
            hand_over(transport, connection, rest)

    def _is_allowed(self, host: str, port: str) -> bool:
        """Whether --proxy-allow names the host, and this port if it names one."""
        return any(covers([name], host) and only in ("", port) for name, only in self._allowed)

    def _refusal(self, host: str, what: str) -> str:
        """Why, and the two ways out; the log has it too, as many clients show a status only."""
        known = covers([name for name, _ in self._allowed], host)
        host = _shown("".join(c for c in host if c.isprintable()))
        if known:
            text = f"--proxy-allow opens tunnels for https only: put {host} into NO_PROXY"
        else:
            text = (
                "this proxy leads to WeChat's hosts only, the emulator stays offline: "
                f"put {host} into NO_PROXY, or start it with --proxy-allow {host}"
            )
        self._note(f"the proxy refused {_shown(what)!r}: {text}")
        return text


def _shown(text: str) -> str:
    """What a client asked for, its secrets masked."""
    return shortened(masked(text), 120)


def _is_port(text: str) -> bool:
    """Whether it is one: the system's resolver would take 65979 for 443."""
    return text.isdecimal() and len(text) <= 5 and int(text) < 2**16


def _credentials(fields: list[str]) -> str:
    for field in fields:
        name, _, value = field.partition(":")
        if name.strip().lower() == "proxy-authorization":
            return value.strip()
    return ""


def _world(credentials: str) -> str:
    """The user name in `http://checkout-3@127.0.0.1:8482`, as the header carries it."""
    scheme, _, encoded = credentials.partition(" ")
    if scheme.lower() != "basic":
        return DEFAULT
    try:
        name = b64decode(encoded.strip()).decode("utf-8", "replace").partition(":")[0]
    except (BadBase64Error, ValueError):
        return DEFAULT
    return name or DEFAULT


def _refuse(transport: asyncio.Transport, status: int, reason: str) -> None:
    transport.write(proxy_refusal(status, reason))
    transport.close()
