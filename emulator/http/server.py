"""The server: it opens the ports, keeps house while they are open, and closes them."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from ..control import RunningServer
from ..control.dispatch import Dispatcher
from ..core.settings import Settings
from ..scenario.start import load_and_watch
from ..world.clock import machine_now, real_now
from ..world.world import DEFAULT
from ..worlds import BadWorldNameError, TooManyWorldsError, Worlds
from .call_log import CallLog
from .connection import HttpServer
from .deadlines import Patience
from .listeners import HostPorts, Ports
from .routing import Router
from .sockets import AcceptFailures

_DELETIONS_PER_TURN = 500
_HOUSEKEEPING_PAUSE = 1.0
_PATIENCE = 0.05
"""Seconds that answers under way get when the server stops."""

_log = logging.getLogger(__name__)


class Server:
    """A running emulator: `start`, use `url`, `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        scenario, self._watch = load_and_watch(settings)
        self.worlds = Worlds(settings, scenario)
        self._ports = Ports(settings, now=real_now(), note=self.note, fault_of=self._tls_fault)
        self._control = RunningServer(
            settings,
            self.worlds,
            machine_now,
            machine_now(),
            self._ports.addresses,
            self._ports.proxies,
        )
        self._router: Router | None = None
        self._http: HttpServer | None = None
        self._housekeeping: asyncio.Task[None] | None = None
        self._log: CallLog | None = None

    @property
    def addresses(self) -> list[str]:
        """The base URLs it answers on, first the one to show."""
        return self._ports.addresses

    @property
    def proxies(self) -> list[str]:
        """The forward proxy's URLs, to set as HTTPS_PROXY."""
        return self._ports.proxies

    @property
    def proxy_was_used(self) -> bool:
        """Whether any client asked the forward proxy for one of WeChat's hosts."""
        return self._ports.proxy_was_used

    @property
    def url(self) -> str:
        """The first base URL."""
        return self.addresses[0]

    @property
    def certificate(self) -> bytes:
        """What clients have to trust, in PEM; empty without TLS."""
        return self._ports.certificate

    async def start(self) -> None:
        """Listen; AddressError if an address cannot be had, SettingsError for a bad certificate."""
        loop = asyncio.get_running_loop()
        if loop.get_exception_handler() is None:
            loop.set_exception_handler(AcceptFailures())
        if (form := self._settings.log) != "off":
            self._log = CallLog(form, quiet=self._settings.quiet, later=loop.call_later)
        await self.worlds.open(DEFAULT)
        self._router = Router(
            self.worlds,
            Dispatcher(self._control),
            readiness=self._readiness,
            log=self._log,
        )
        self._http = self._http_server(self._router)
        try:
            await self._ports.open(self._http)
        except BaseException:
            await self.stop()
            raise
        self._control.certificate = self._ports.certificate
        self._housekeeping = loop.create_task(self._keep_house())

    def _http_server(self, router: Router) -> HttpServer:
        patience = Patience(
            head=self._settings.head_timeout,
            body=self._settings.body_timeout,
            write=self._settings.write_timeout,
            idle=self._settings.idle_timeout,
        )
        if self._settings.no_lane:
            return HttpServer(router.handle, router.refused, patience)
        from .lane import LaneServer

        return LaneServer(router.handle, router.refused, patience, answer_now=router.answer_now)

    async def stop(self) -> None:
        """Close every connection at once, idle or hanging."""
        await self._ports.close()
        if self._housekeeping is not None:
            self._housekeeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._housekeeping
        if self._http is not None:
            await self._http.stop(_PATIENCE)
        if self._router is not None:
            await self._router.stop()
        if self._log is not None:
            # On a thread, for it may have to wait: this loop may be somebody else's, too.
            await asyncio.to_thread(self._log.close)

    async def open_host_ports(self, world: str) -> HostPorts:
        """Ports of one world alone, for clients that believe in WeChat's host names."""
        if self._http is None:
            raise RuntimeError("call start() first")
        opened = await self._ports.open_host_ports(self._http, world)
        self._control.certificate = self._ports.certificate  # these may be the first with TLS
        return opened

    def note(self, text: str) -> None:
        """Say in the log what is no call but worth knowing."""
        if self._log is not None:
            self._log.note(text, self._control.machine_now())

    async def _tls_fault(self, world: str) -> str:
        if self.worlds.get(world) is None and not self.worlds.scenario(world).scenario.tls:
            return ""  # a handshake alone makes no world: its first request does
        try:
            gateway = self.worlds.get(world) or await self.worlds.open(world)
        except (BadWorldNameError, TooManyWorldsError):
            return ""  # the answer to the first request says so
        return await gateway.tls_fault()

    async def _keep_house(self) -> None:
        """Forget what has ended, some hundred entries per turn of the loop, so no call waits."""
        while True:
            await asyncio.sleep(_HOUSEKEEPING_PAUSE)
            try:
                await self._clean_up()
            except Exception:
                _log.exception("a defect of the emulator, in its housekeeping")

    async def _clean_up(self) -> None:
        await self.reload_if_changed()
        while await self.worlds.drop_ended(_DELETIONS_PER_TURN):  # noqa: ASYNC110  # turns for the others, not polling
            await asyncio.sleep(0)

    async def reload_if_changed(self) -> None:
        """With --watch: load the scenario again where its files have changed and are good."""
        if self._watch is None:
            return
        before, warned = self._watch.loaded, self._watch.warning
        # On a thread, for it may be a big one.
        if loaded := await asyncio.to_thread(self._watch.poll):
            await self.worlds.replace(before, loaded)
            self.note(f"scenario loaded again: {loaded.name}")
        elif self._watch.warning not in ("", warned):
            first, *more = self._watch.warning.splitlines()
            others = f" (and {len(more)} more)" if more else ""
            self.note(f"scenario not loaded again, the one before still serves: {first}{others}")

    def _readiness(self) -> bytes:
        """`ready`, also after a scenario was changed for the worse: the one before serves."""
        if self._watch is None or not self._watch.warning:
            return b"ready\n"
        warning = self._watch.warning.encode()
        return b"ready\nwarning: the scenario before still serves:\n" + warning + b"\n"
