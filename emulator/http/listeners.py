"""The ports a server listens on: HTTP, and where they are asked for HTTPS and the forward proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ..core.settings import Settings, local_url
from ..world.world import DEFAULT
from .connection import HttpServer
from .encoding import refusal
from .sockets import AddressError, Listener, listen

if TYPE_CHECKING:
    from ..tls.context import FaultOf, Tls
    from .proxy import Proxy

_HTTPS_HERE = "this port speaks HTTPS: use https:// in front of it"

Factory = Callable[[], asyncio.Protocol]


class HostPorts:
    """A pair of ports that lead into one world, whatever host name their clients believe in."""

    def __init__(self, plain: Listener, secured: Listener) -> None:
        self.ports = {80: plain.port, 443: secured.port}
        """Which of them stands for which of WeChat's."""
        self._servers = (plain.server, secured.server)

    def close(self) -> None:
        """Listen no more."""
        for server in self._servers:
            server.close()


class Ports:
    """Every open port of a server, and the TLS behind some of them."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: float,
        note: Callable[[str], None],
        fault_of: FaultOf,
    ) -> None:
        self.addresses: list[str] = []
        """Base URLs, plain ones first, as they open."""
        self.proxies: list[str] = []
        """What clients set as HTTPS_PROXY."""
        self._settings = settings
        self._now = now
        self._note = note
        self._fault_of = fault_of
        self._open: list[asyncio.Server] = []
        self._tls: Tls | None = None
        self._proxy: Proxy | None = None

    @property
    def certificate(self) -> bytes:
        """What clients have to trust, in PEM; empty without TLS."""
        return self._tls.pem if self._tls else b""

    @property
    def proxy_was_used(self) -> bool:
        """Whether any client asked the proxy for one of WeChat's hosts."""
        return self._proxy is not None and self._proxy.was_used

    async def open(self, http: HttpServer) -> None:
        """Listen on all; AddressError if one cannot be had, SettingsError for a bad certificate."""
        settings = self._settings
        self.addresses += await self._listen(http, settings.port)
        if settings.tls_port:
            secured = self._with_tls().listener(http, DEFAULT)
            self.addresses += await self._listen(secured, settings.tls_port, "https")
        if settings.proxy_port:
            from .proxy import Proxy

            self._proxy = Proxy(settings, http, self._with_tls(), self._note)
            self.proxies += await self._listen(self._proxy.listener, settings.proxy_port)

    async def open_host_ports(self, http: HttpServer, world: str) -> HostPorts:
        """Two more ports on the loopback, for this world alone."""
        make = partial(http.connection, world)
        [plain] = await listen(make, "127.0.0.1", 0)
        [secured] = await listen(self._with_tls().listener(make, world), "127.0.0.1", 0)
        return HostPorts(plain, secured)

    async def close(self) -> None:
        """Listen no more, and let go of connections that have not come as far as HTTP."""
        for listener in self._open:
            listener.close()
        self._open.clear()
        if self._proxy is not None:
            await self._proxy.stop()
        if self._tls is not None:
            await self._tls.stop()

    def _with_tls(self) -> Tls:
        """TLS, imported and set up when the first port needs it."""
        if self._tls is None:
            from ..tls.context import Tls

            self._tls = Tls(
                self._settings,
                now=self._now,
                note=self._note,
                fault_of=self._fault_of,
                refusal=partial(refusal, 400, _HTTPS_HERE),
            )
        return self._tls

    async def _listen(
        self, factory: Factory, ports: tuple[int, ...], scheme: str = "http"
    ) -> list[str]:
        """Where it listens now."""
        urls = []
        for port in dict.fromkeys(ports):
            for host in dict.fromkeys(self._settings.host):
                try:
                    listeners = await listen(factory, host, port)
                except AddressError as error:
                    if not self._settings.lenient_ports or not self._open:
                        raise
                    self._note(str(error))
                    continue
                self._open += [listener.server for listener in listeners]
                port = listeners[0].port  # with 0, all hosts share the first's
                urls.append(local_url(host, port, scheme))
        return urls
