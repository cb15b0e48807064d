"""The HTTP server: routes calls into their worlds and answers out of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping

from ..control import PREFIX, Problem, RunningServer, Stream
from ..control.dispatch import Dispatcher, Incoming, refuse
from ..core import masking
from ..core.call import CGI, SNS, WXA, Call, Reply
from ..core.hints import did_you_mean
from ..core.settings import Settings
from ..gateway import Gateway, unknown
from ..scenario.start import load_and_watch
from ..wechat import endpoints
from ..wechat.endpoints import Endpoint
from ..world.clock import machine_now
from ..world.world import DEFAULT
from ..worlds import BadWorldNameError, TooManyWorldsError, Worlds
from .call_log import CallLog
from .connection import HttpServer, RefusedError, Request
from .listeners import Doors, Ports
from .response import give, send, stream

_DELETIONS_PER_TURN = 500
_HOUSEKEEPING_PAUSE = 1.0
_MAX_BODY = 256 * 1024 * 1024
_SUBSYSTEMS = {"sns": SNS, "cgi-bin": CGI, "wxa": WXA}
_log = logging.getLogger(__name__)

_GREETING = (
    b"This is wechat-emulator: WeChat's login API for tests, not WeChat.\n"
    b"Control API: /_emulator/v1/openapi.json\n"
)


_NO_PROXY_HERE = "CONNECT belongs to the proxy port (--proxy-port), this one is for HTTP"


class Server:
    """A running emulator: `start`, use `url`, `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        scenario, self._watch = load_and_watch(settings)
        self.worlds = Worlds(settings, scenario)
        self._endpoints: Mapping[str, Endpoint] = endpoints.load()
        self._paths = list(self._endpoints)
        self._ports = Ports(settings, now=machine_now(), note=self.note, fault_of=self._tls_fault)
        self._control = RunningServer(
            settings,
            self.worlds,
            machine_now,
            machine_now(),
            self._ports.addresses,
            self._ports.proxies,
        )
        self._dispatcher = Dispatcher(self._control)
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
        if (form := self._settings.log) != "off":
            self._log = CallLog(form, quiet=self._settings.quiet, later=loop.call_later)
        await self.worlds.open(DEFAULT)
        self._http = HttpServer(self._handle)
        try:
            await self._ports.open(self._http)
        except BaseException:
            await self.stop()
            raise
        self._control.certificate = self._ports.certificate
        self._housekeeping = loop.create_task(self._keep_house())

    async def stop(self) -> None:
        """Close every connection at once, idle or hanging."""
        await self._ports.close()
        if self._housekeeping is not None:
            self._housekeeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._housekeeping
        if self._http is not None:
            await self._http.shutdown(0.05)
        if self._log is not None:
            self._log.flush()

    async def doors(self, world: str) -> Doors:
        """Ports of one world alone, for clients that believe in WeChat's host names."""
        if self._http is None:
            raise RuntimeError("call start() first")
        doors = await self._ports.doors(self._http, world)
        self._control.certificate = self._ports.certificate  # these may be the first with TLS
        return doors

    def note(self, text: str) -> None:
        """Say in the log what is no call but worth knowing."""
        if self._log is not None:
            self._log.note(text, self._control.machine_now())

    async def _tls_fault(self, world: str) -> str:
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
        await self.look_at_scenario()
        while await self.worlds.drop_ended(_DELETIONS_PER_TURN):  # noqa: ASYNC110  # turns for the others, not polling
            await asyncio.sleep(0)

    async def look_at_scenario(self) -> None:
        """With --watch: load the scenario again where its files have changed and are good."""
        if self._watch is None:
            return
        before, warned = self._watch.loaded, self._watch.warning
        if loaded := self._watch.poll():
            await self.worlds.replace(before, loaded)
            self.note(f"scenario loaded again: {loaded.name}")
        elif self._watch.warning not in ("", warned):
            first, *more = self._watch.warning.splitlines()
            others = f" (and {len(more)} more)" if more else ""
            self.note(f"scenario not loaded again, the one before still serves: {first}{others}")

    async def _handle(self, request: Request) -> bool:
        target, name = request.target, request.connection.world
        if not target.startswith("/"):
            if request.method == "CONNECT":
                self.note(_NO_PROXY_HERE)
                raise RefusedError(405, _NO_PROXY_HERE)
            if request.connection.admit:
                name = request.connection.admit(target, request.headers)
            target = _origin_form(target)
        path, _, query = target.partition("?")
        if path.startswith("/w/"):
            name, slash, path = path[3:].partition("/")
            path = slash + path
        gateway = self.worlds.get(name)
        if gateway is None:
            try:
                gateway = await self.worlds.open(name)
            except (BadWorldNameError, TooManyWorldsError) as error:
                return send(request, _no_world(error), machine_now())
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return await self._off_the_road(request, gateway, path, query)
        call = await _read(request, gateway, path, query)
        return await self._answer(request, gateway, endpoint, call)

    async def _answer(
        self, request: Request, gateway: Gateway, endpoint: Endpoint, call: Call
    ) -> bool:
        outcome = await gateway.answer(endpoint, call)
        if self._log is not None:
            self._log.add(gateway.world.name, call, outcome)
        return await give(request, outcome, call.now, gateway.world.clock)

    async def _off_the_road(
        self, request: Request, gateway: Gateway, path: str, query: str
    ) -> bool:
        """Everything that is no endpoint of WeChat's."""
        if path.startswith(PREFIX):
            return await self._answer_control(request, gateway, path, query)
        call = await _read(request, gateway, path, query)
        first = path.lstrip("/").partition("/")[0].lower()
        if subsystem := _SUBSYSTEMS.get(first):
            endpoint = unknown(path, subsystem, self._paths)
            return await self._answer(request, gateway, endpoint, call)
        return send(request, self._plain(path, gateway, call), call.now)

    def _readiness(self) -> bytes:
        """`ready`, also after a scenario was changed for the worse: the one before serves."""
        if self._watch is None or not self._watch.warning:
            return b"ready\n"
        warning = self._watch.warning.encode()
        return b"ready\nwarning: the scenario before still serves:\n" + warning + b"\n"

    def _plain(self, path: str, gateway: Gateway, call: Call) -> Reply:
        if path in ("", "/"):
            return Reply(_GREETING)
        if path == "/livez":
            return Reply(b"ok\n")
        if path == "/readyz":
            return Reply(self._readiness())
        route = path.strip("/").removeprefix("_emulator/")
        if self._dispatcher.knows(route):
            near = f"; did you mean {PREFIX + route!r}?"
        else:
            near = did_you_mean(path, self._paths)
        hint = f"nothing is at {masking.query(path)[:100]!r}{near}"
        reply = Reply(b"404 Not Found\n", status=404, hint=hint)
        gateway.world.journal.add("", call, reply)
        if self._log is not None:
            self._log.add(gateway.world.name, call, reply)
        return reply

    async def _answer_control(
        self, request: Request, gateway: Gateway, path: str, query: str
    ) -> bool:
        body = await request.read(_MAX_BODY)
        incoming = Incoming(request.method, path.removeprefix(PREFIX), query, request.headers, body)
        answer = await self._dispatcher.answer(incoming, gateway)
        if isinstance(answer, Stream):
            return await stream(request, answer.pieces, answer.content_type, machine_now())
        return send(request, answer, machine_now())


async def _read(request: Request, gateway: Gateway, path: str, query: str) -> Call:
    connection = request.connection
    return Call(
        request.method,
        path,
        query,
        request.headers,
        await request.read(_MAX_BODY) if request.has_body else b"",
        connection.peer,
        gateway.world.clock.now(),
        connection.served,
        # A proxy's client may ask for https in clear text: axios did until 2026.
        secure=connection.secure or request.target.startswith("https:"),
    )


def _no_world(error: Exception) -> Reply:
    status = 404 if isinstance(error, BadWorldNameError) else 429
    reply = refuse(Problem(status, "No such world", str(error)))
    reply.hint = str(error)
    return reply


def _origin_form(target: str) -> str:
    """`http://api.weixin.qq.com/sns/x?y` as a proxy's client sends it, without the origin."""
    _, separator, rest = target.partition("://")
    slash = rest.find("/")
    return rest[slash:] if separator and slash >= 0 else "/"
