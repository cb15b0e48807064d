"""Where a request goes: into its world, then to an endpoint, the control API or a plain path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from .. import miniprogram
from ..control import PREFIX, Problem, Stream
from ..control.dispatch import Dispatcher, Incoming, refuse
from ..core import masking
from ..core.call import Call, Outcome, Reply
from ..core.web_pages import NO_WORLD, may_make_world, why_refused
from ..gateway import Gateway
from ..wechat import endpoints
from ..wechat.apps import secret_words
from ..wechat.endpoints import Endpoint
from ..world.clock import machine_now
from ..worlds import BadWorldNameError, TooManyWorldsError, Worlds
from .call_log import CallLog
from .encoding import encode
from .request import HttpRequest, Peer, RefusedError
from .response import give, send, stream

_MAX_BODY, _MAX_MEDIA = 2**20, 2**21
"""Bytes of a body on WeChat's paths, and on those that take pictures."""
_MEDIA = ("media", "img", "image")
_GREETING = (
    b"This is wechat-emulator: WeChat's login API for tests, not WeChat.\n"
    b"Control API: /_emulator/v1/openapi.json\n"
)
_HOME = ("", "/")
_PLAIN_PATHS = (*_HOME, "/livez", "/readyz")
"""What is answered in the same way whatever the world."""
_MOST_SHOWN = 100
_NO_PROXY_HERE = "CONNECT belongs to the proxy port (--proxy-port), this one is for HTTP"


class Router:
    """Answers requests, each in the world that its path or its connection names."""

    def __init__(
        self,
        worlds: Worlds,
        control: Dispatcher,
        *,
        readiness: Callable[[], bytes],
        log: CallLog | None,
    ) -> None:
        """`readiness` is the body of /readyz."""
        self._worlds = worlds
        self._control = control
        self._endpoints = endpoints.load()
        self._readiness = readiness
        self._log = log
        self._running: set[asyncio.Task[Outcome]] = set()

    async def stop(self) -> None:
        """Cut off the calls that still wait, their clients gone."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def handle(self, request: HttpRequest) -> bool:
        """Answer; whether the connection is good for another request."""
        name, path, query = self._locate(request)
        gateway = self._worlds.get(name)
        if (refused := self._refuse(request, gateway, path, query)) is not None:
            return send(request, refused, gateway.world.clock.now() if gateway else machine_now())
        if gateway is None:
            try:
                gateway = await self._arrive(request, name, path)
            except (BadWorldNameError, TooManyWorldsError) as error:
                return send(request, _no_world(error), machine_now())
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return await self._handle_other_path(request, gateway, path, query)
        call = await _read(request, gateway, path, query)
        return await self._answer(request, gateway, endpoint, call)

    async def _arrive(self, request: HttpRequest, name: str, path: str) -> Gateway:
        """A world that was not there: made, and told in the log, unless somebody only looks."""
        if self._only_looks(request.method, path):
            return await self._worlds.glimpse(name)
        gateway = await self._worlds.open(name)
        if self._log is not None:
            what = masking.shortened(masking.text(f"{request.method} {path}"), _MOST_SHOWN)
            world = masking.text(name)
            self._log.remark(f"world {world} is new: the first call is {what}", machine_now())
        return gateway

    def _only_looks(self, method: str, path: str) -> bool:
        if path.startswith(PREFIX):
            return self._control.only_looks(method, path.removeprefix(PREFIX))
        return method in ("GET", "HEAD") and path in _PLAIN_PATHS

    def answer_now(
        self, peer: Peer, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> bytes | None:
        """The whole answer to a call that need not wait; None leaves it to `handle`."""
        name, path, query = split_target(target, peer.world)
        gateway, endpoint = self._worlds.get(name), self._endpoints.get(path)
        if gateway is None or endpoint is None:
            return None
        now, number = gateway.world.clock.now(), peer.served + 1
        call = Call(
            method, path, query, headers, body, peer.address, now, number, peer.number, peer.secure
        )
        reply = gateway.answer_now(endpoint, call)
        if reply is None:
            return None
        self._log_call(gateway, call, reply)
        return encode(reply, at=now, keep_alive=True)

    def refused(self, peer: Peer, request: HttpRequest | None, status: int, why: str) -> None:
        """Remember a request that HTTP itself refuses; of what was no HTTP, that it came."""
        target = _origin_form(request.target) if request else ""
        name, path, query = split_target(target, peer.world)
        if gateway := self._worlds.get(name):
            method, headers = (request.method, request.headers) if request else ("", {})
            call = _without_body(gateway, peer, method, path, query, headers)
            self._record(gateway, call, Reply(status=status, hint=why))

    def _refuse(
        self, request: HttpRequest, gateway: Gateway | None, path: str, query: str
    ) -> Reply | None:
        """The answer to a call that may not even make its world; None if it may go on."""
        method, headers, is_control = request.method, request.headers, path.startswith(PREFIX)
        if is_control and gateway is None:
            return self._control.refusal(method, headers)
        # In a world that exists, the control API sees to itself.
        why = "" if is_control else why_refused(method, path, headers)
        if not why and gateway is None and not may_make_world(method, headers):
            why = NO_WORLD
        if not why:
            return None
        reply = Reply(b"403 Forbidden\n", status=403, hint=why)
        if gateway is not None:
            call = _without_body(gateway, request.peer, method, path, query, headers)
            self._record(gateway, call, reply)
        return reply

    def _record(self, gateway: Gateway, call: Call, reply: Reply) -> None:
        """Note a call that met no endpoint."""
        gateway.record("", call, reply)
        self._log_call(gateway, call, reply)

    def _locate(self, request: HttpRequest) -> tuple[str, str, str]:
        """The request's world, its path in there, and its query."""
        target, peer = request.target, request.peer
        world = peer.world
        if not target.startswith("/"):
            if request.method == "CONNECT":
                raise RefusedError(405, _NO_PROXY_HERE)
            if peer.admit:
                world = peer.admit(target, request.headers)
        return split_target(_origin_form(target), world)

    async def _answer(
        self, request: HttpRequest, gateway: Gateway, endpoint: Endpoint, call: Call
    ) -> bool:
        if (reply := gateway.answer_now(endpoint, call)) is not None:
            self._log_call(gateway, call, reply)
            return send(request, reply, call.now)
        task = asyncio.ensure_future(self._run(gateway, endpoint, call))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.sleep(0)  # its turn, in which most are done
        outcome: Outcome | None = None
        try:
            if not task.done():
                if call.has_waited:
                    self._log_call(gateway, call, None)
                with request.waiting():
                    await asyncio.shield(task)
            outcome = task.result()
            return await give(request, outcome, call.now, gateway.world.clock)
        except (asyncio.CancelledError, ConnectionError):  # so does a server that stops
            self._client_left(gateway, call, outcome)
            raise

    def _client_left(self, gateway: Gateway, call: Call, outcome: Outcome | None) -> None:
        """Wake a call that still waits; nobody does for it."""
        if call.wait:
            call.wait.client_left = True
            gateway.world.clock.wake()
            if gateway.world.journal.leave(call.wait):
                self._log_call(gateway, call, outcome)

    async def _run(self, gateway: Gateway, endpoint: Endpoint, call: Call) -> Outcome:
        """The outcome. A task of its own: what has begun, WeChat ends without its client."""
        outcome = await gateway.answer(endpoint, call)
        self._log_call(gateway, call, outcome)
        return outcome

    def _log_call(self, gateway: Gateway, call: Call, outcome: Outcome | None) -> None:
        """Log a call that has its outcome, or that waits for one."""
        if self._log is not None and self._log.takes(outcome):
            call.words = secret_words(gateway.world.view)
            at = gateway.world.clock.now() if call.has_waited else call.now
            self._log.add(gateway.world.name, call, outcome, at)

    async def _handle_other_path(
        self, request: HttpRequest, gateway: Gateway, path: str, query: str
    ) -> bool:
        """Everything that is no endpoint of WeChat's."""
        if path.startswith(PREFIX):
            return await self._answer_control(request, gateway, path, query)
        call = await _read(request, gateway, path, query)
        if endpoint := gateway.endpoint_at(path):
            return await self._answer(request, gateway, endpoint, call)
        return send(request, self._plain(path, gateway, call), call.now)

    def _plain(self, path: str, gateway: Gateway, call: Call) -> Reply:
        if path in _HOME:
            return Reply(_GREETING)
        if path == "/livez":
            return Reply(b"ok\n")
        if path == "/readyz":
            return Reply(self._readiness())
        if source := miniprogram.served_at(path):
            return Reply(source, "text/javascript; charset=utf-8")
        reply = Reply(b"404 Not Found\n", status=404, hint=self._why_nothing(path, gateway))
        self._record(gateway, call, reply)
        return reply

    def _why_nothing(self, path: str, gateway: Gateway) -> str:
        """The hint for a path that is nobody's."""
        route = path.strip("/").removeprefix("_emulator/")
        if self._control.knows(route):
            shown = masking.text(path, secret_words(gateway.world.view))
            return f"nothing is at {shown!r}; did you mean {PREFIX + route!r}?"
        return gateway.why_nothing(path)

    async def _answer_control(
        self, request: HttpRequest, gateway: Gateway, path: str, query: str
    ) -> bool:
        route = path.removeprefix(PREFIX)
        body = await request.read_at_most(self._control.max_body(route))
        incoming = Incoming(request.method, route, query, request.headers, body)
        answer = await self._control.answer(incoming, gateway, request.waiting)
        if isinstance(answer, Stream):
            return await stream(request, answer.pieces, answer.content_type, machine_now())
        return send(request, answer, machine_now())


def split_target(target: str, world: str) -> tuple[str, str, str]:
    """The world, path and query of a target; without `/w/NAME` it is the given world."""
    path, _, query = target.partition("?")
    if path.startswith("/w/"):
        world, slash, path = path[3:].partition("/")
        path = slash + path
    return world, path, query


async def _read(request: HttpRequest, gateway: Gateway, path: str, query: str) -> Call:
    peer = request.peer
    return Call(
        request.method,
        path,
        query,
        request.headers,
        await request.read_at_most(_max_body(path)) if request.body_exists else b"",
        peer.address,
        gateway.world.clock.now(),
        peer.served,
        peer.number,
        # A proxy's client may ask for https in clear text: axios did until 2026.
        peer.secure or request.target.startswith("https:"),
    )


def _without_body(
    gateway: Gateway, peer: Peer, method: str, path: str, query: str, headers: Mapping[str, str]
) -> Call:
    """A call that is refused: what it uploads is not read for the journal."""
    came = gateway.world.clock.now(), peer.served, peer.number
    return Call(method, path, query, headers, b"", peer.address, *came)


def _max_body(path: str) -> int:
    return _MAX_MEDIA if any(word in path for word in _MEDIA) else _MAX_BODY


def _no_world(error: Exception) -> Reply:
    status = 404 if isinstance(error, BadWorldNameError) else 429
    reply = refuse(Problem(status, "No such world", str(error)))
    reply.hint = str(error)
    return reply


def _origin_form(target: str) -> str:
    """`http://api.weixin.qq.com/sns/x?y` as a proxy's client sends it, without the origin."""
    if target.startswith("/"):
        return target
    _, separator, rest = target.partition("://")
    slash = rest.find("/")
    return rest[slash:] if separator and slash >= 0 else "/"
