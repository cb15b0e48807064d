"""The HTTP server: routes calls into their worlds and answers out of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import cast

from aiohttp import web

from . import endpoints, masking
from .call import CGI, SNS, WXA, Call, Outcome, Reply
from .clock import machine_now
from .control import PREFIX, Problem, Stream
from .control import Server as Control
from .control.dispatch import Dispatcher, Incoming, refuse
from .endpoints import Endpoint
from .gateway import Gateway, unknown
from .hints import did_you_mean
from .log import CallLog
from .ports import Ports
from .settings import Settings
from .wire import (
    CLOSE,
    KEEP,
    Connection,
    HttpServer,
    RefusedError,
    drop,
    encode,
    http_date,
    trickle,
)
from .world import DEFAULT
from .worlds import BadWorldNameError, TooManyWorldsError, Worlds

_DELETIONS_PER_TURN = 500
_HOUSEKEEPING_PAUSE = 1.0
_MAX_BODY = 256 * 1024 * 1024
_SUBSYSTEMS = {"sns": SNS, "cgi-bin": CGI, "wxa": WXA}
_GREETING = (
    b"This is wechat-emulator: WeChat's login API for tests, not WeChat.\n"
    b"Control API: /_emulator/v1/openapi.json\n"
)


class Server:
    """A running emulator: `start`, use `url`, `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.worlds = Worlds(settings)
        self._endpoints: Mapping[str, Endpoint] = endpoints.load()
        self._paths = list(self._endpoints)
        self._control = Control(settings, self.worlds, machine_now, machine_now(), [])
        self._dispatcher = Dispatcher(self._control)
        self._http: HttpServer | None = None
        self._ports = Ports(
            settings,
            addresses=self._control.addresses,
            now=machine_now(),
            note=self._note,
            fault_of=self._tls_fault,
        )
        self._housekeeping: asyncio.Task[None] | None = None
        self._log: CallLog | None = None

    @property
    def addresses(self) -> list[str]:
        """The base URLs it answers on, first the one to show."""
        return self._control.addresses

    @property
    def url(self) -> str:
        """The first base URL."""
        return self.addresses[0]

    @property
    def certificate(self) -> bytes:
        """What clients have to trust, in PEM; empty without TLS."""
        return self._control.certificate

    async def start(self) -> None:
        """Listen; AddressError if an address cannot be had, SettingsError for a bad certificate."""
        loop = asyncio.get_running_loop()
        self._log = CallLog(self._settings.log, quiet=self._settings.quiet, later=loop.call_later)
        await self.worlds.open(DEFAULT)
        self._http = HttpServer(self._handle, access_log=None)
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

    def _note(self, text: str) -> None:
        if self._log is not None:
            self._log.note(text, self._control.machine_now())

    async def _tls_fault(self, world: str) -> str:
        gateway = self.worlds.get(world)
        return await gateway.tls_fault() if gateway else ""

    async def _keep_house(self) -> None:
        """Forget what has ended, some hundred entries per turn of the loop, so no call waits."""
        while True:
            await asyncio.sleep(_HOUSEKEEPING_PAUSE)
            while await self.worlds.drop_ended(_DELETIONS_PER_TURN):  # noqa: ASYNC110  # turns for the others, not polling
                await asyncio.sleep(0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        target = request.raw_path
        if not target.startswith("/"):
            if request.method == "CONNECT":
                raise RefusedError(405, "CONNECT belongs to the proxy port, this one is for HTTP")
            target = _origin_form(target)
        path, _, query = target.partition("?")
        name = DEFAULT
        if path.startswith("/w/"):
            name, slash, path = path[3:].partition("/")
            path = slash + path
        gateway = self.worlds.get(name)
        if gateway is None:
            try:
                gateway = await self.worlds.open(name)
            except (BadWorldNameError, TooManyWorldsError) as error:
                return _send(request, _no_world(error), machine_now())
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return await self._off_the_road(request, gateway, path, query)
        call = await _read(request, gateway, path, query)
        return await self._answer(request, gateway, endpoint, call)

    async def _answer(
        self, request: web.BaseRequest, gateway: Gateway, endpoint: Endpoint, call: Call
    ) -> web.StreamResponse:
        outcome = await gateway.answer(endpoint, call)
        if self._log is not None:
            self._log.add(gateway.world.name, endpoint.name, call, outcome)
        return await _write(request, gateway, outcome, call.now)

    async def _off_the_road(
        self, request: web.BaseRequest, gateway: Gateway, path: str, query: str
    ) -> web.StreamResponse:
        """Everything that is no endpoint of WeChat's."""
        if path.startswith(PREFIX):
            return await self._answer_control(request, gateway, path, query)
        call = await _read(request, gateway, path, query)
        first = path.lstrip("/").partition("/")[0].lower()
        if subsystem := _SUBSYSTEMS.get(first):
            endpoint = unknown(path, subsystem, self._paths)
            return await self._answer(request, gateway, endpoint, call)
        return _send(request, self._plain(path, gateway, call), call.now)

    def _plain(self, path: str, gateway: Gateway, call: Call) -> Reply:
        if path in ("", "/"):
            return Reply(_GREETING)
        if path == "/livez":
            return Reply(b"ok\n")
        if path == "/readyz":
            return Reply(b"ready\n")
        hint = f"nothing is at {masking.query(path)[:100]!r}{did_you_mean(path, self._paths)}"
        reply = Reply(b"404 Not Found\n", status=404, hint=hint)
        gateway.world.journal.add("", call, reply)
        if self._log is not None:
            self._log.add(gateway.world.name, "", call, reply)
        return reply

    async def _answer_control(
        self, request: web.BaseRequest, gateway: Gateway, path: str, query: str
    ) -> web.StreamResponse:
        body = await _body(request)
        incoming = Incoming(request.method, path.removeprefix(PREFIX), query, request.headers, body)
        answer = await self._dispatcher.answer(incoming, gateway)
        if isinstance(answer, Stream):
            return await _stream(request, answer)
        return _send(request, answer, machine_now())


async def _read(request: web.BaseRequest, gateway: Gateway, path: str, query: str) -> Call:
    connection = cast(Connection, request.protocol)
    connection.served += 1
    return Call(
        request.method,
        path,
        query,
        request.headers,
        await _body(request) if request.can_read_body else b"",
        request.remote or "",
        await gateway.world.clock.now(),
        connection.served,
        secure=request.transport is not None
        and request.transport.get_extra_info("sslcontext") is not None,
    )


async def _body(request: web.BaseRequest) -> bytes:
    """The whole body, which its client may hold back until told to go on."""
    size = request.content_length or 0
    pieces: list[bytes] = []
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    while size <= _MAX_BODY:
        piece = await request.content.readany()
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece) if request.content_length is None else 0
    raise RefusedError(413, f"expected a body of at most {_MAX_BODY} bytes")


async def _write(
    request: web.BaseRequest, gateway: Gateway, outcome: Outcome, now: float
) -> web.StreamResponse:
    connection = cast(Connection, request.protocol)
    if not isinstance(outcome, Reply):
        return await drop(connection, outcome)
    if outcome.cut_after is None and outcome.drip is None:
        return _send(request, outcome, now)
    head = _encoded(request, outcome, now, head_only=True)
    good = await trickle(connection, head, outcome, gateway.world.clock.sleep)
    return KEEP if good and request.keep_alive else CLOSE


def _send(request: web.BaseRequest, reply: Reply, now: float) -> web.StreamResponse:
    transport = request.transport
    if transport is None:
        return CLOSE
    transport.write(_encoded(request, reply, now, head_only=request.method == "HEAD"))
    return KEEP if request.keep_alive else CLOSE


def _encoded(request: web.BaseRequest, reply: Reply, now: float, *, head_only: bool) -> bytes:
    date = http_date(int(now))
    return encode(reply, date=date, keep_alive=request.keep_alive, head_only=head_only)


def _no_world(error: Exception) -> Reply:
    status = 404 if isinstance(error, BadWorldNameError) else 429
    reply = refuse(Problem(status, "No such world", str(error)))
    reply.hint = str(error)
    return reply


async def _stream(request: web.BaseRequest, stream: Stream) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": stream.content_type})
    await response.prepare(request)
    async for piece in stream.pieces:
        await response.write(piece)
        await asyncio.sleep(0)  # other calls get their turn between two pieces
    await response.write_eof()
    return response


def _origin_form(target: str) -> str:
    """`http://api.weixin.qq.com/sns/x?y` as a proxy's client sends it, without the origin."""
    _, separator, rest = target.partition("://")
    slash = rest.find("/")
    return rest[slash:] if separator and slash >= 0 else "/"
