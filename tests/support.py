"""The short words tests use to drive an emulator that runs in their own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
from msgspec import json
from msgspec.structs import replace

from emulator.core.settings import Settings
from emulator.http.server import Server
from emulator.wechat.crypto import session_signature
from emulator.world.world import DEFAULT, World

APPID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
OTHER_APPID = "wxfedcba9876543210"
NOON = "2026-01-01T12:00:00+08:00"
NOON_UNIX = 1767240000
NOON_DATE = "Thu, 01 Jan 2026 04:00:00 GMT"
NOON_RID = f"{NOON_UNIX:08x}"

# X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: OpenSSL words them anew.
EXPIRED = 10
SELF_SIGNED = 18

FastForward = Callable[[float], None]
"""`fast_forward(75)`: all timers of the running loop come so many seconds nearer."""
StartEmulator = Callable[..., Awaitable["Harness"]]
"""`await start_emulator(max_worlds=2)`: an emulator with other settings."""


class Harness:
    """A server in the test's own event loop, on a free port, with a client to call it."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http

    @property
    def url(self) -> str:
        """The base URL of the default world."""
        return self.server.url

    @property
    def port(self) -> int:
        """The HTTP port."""
        return port_of(self.url)

    def base(self, world: str = DEFAULT) -> str:
        """The base URL of a world."""
        return self.url if world == DEFAULT else f"{self.url}/w/{world}"

    def world(self, name: str = DEFAULT) -> World:
        """The kernel's side of a world that exists."""
        gateway = self.server.worlds.get(name)
        assert gateway is not None
        return gateway.world

    def behave(self, **switches: Any) -> None:
        """Turn switches of the default world."""
        world = self.world()
        world.view.behaviour = replace(world.behaviour, **switches)

    async def call_control(
        self, method: str, route: str, body: Any = None, *, world: str = DEFAULT, **more: Any
    ) -> tuple[int, Any]:
        """The status and decoded body of a control call."""
        url = f"{self.base(world)}/_emulator/v1/{route}"
        if method in ("POST", "PUT"):
            more.setdefault("json", {} if body is None else body)
        async with self.http.request(method, url, **more) as response:
            return response.status, json.decode(await response.read())

    async def control(
        self, method: str, route: str, body: Any = None, *, world: str = DEFAULT
    ) -> Any:
        """What a control call answers; it has to succeed."""
        status, answer = await self.call_control(method, route, body, world=world)
        assert status == 200, answer
        return answer

    async def freeze(self, at: str = NOON, *, world: str = DEFAULT) -> None:
        """Stop the world's clock at a moment."""
        await self.control("PUT", "clock", {"at": at, "frozen": True}, world=world)

    async def advance(self, by: str, *, world: str = DEFAULT) -> None:
        """Move the world's clock on."""
        await self.control("POST", "clock/advance", {"by": by}, world=world)

    async def login(self, user: str = "alice", *, world: str = DEFAULT, **fields: Any) -> str:
        """A fresh code."""
        body = {"appid": APPID, "user": user} | fields
        return str((await self.control("POST", "wx/login", body, world=world))["code"])

    async def exchange(
        self, code: str, *, world: str = DEFAULT, **changed: str | None
    ) -> dict[str, Any]:
        """What jscode2session answers; None leaves a parameter out."""
        return await self.get(jscode2session(js_code=code, **changed), world=world)

    async def get(self, target: str, *, world: str = DEFAULT) -> dict[str, Any]:
        """The JSON at a path of WeChat's."""
        async with self.http.get(self.base(world) + target) as response:
            answer: dict[str, Any] = json.decode(await response.read())
            return answer

    async def post(self, target: str, body: Any, *, world: str = DEFAULT) -> dict[str, Any]:
        """The JSON a path of WeChat's answers to a JSON body; bytes go as they are."""
        data = body if isinstance(body, bytes) else json.encode(body)
        async with self.http.post(self.base(world) + target, data=data) as response:
            answer: dict[str, Any] = json.decode(await response.read())
            return answer

    async def fetch_token(self, *, world: str = DEFAULT, appid: str = APPID) -> str:
        """A fresh access_token."""
        params = {"grant_type": "client_credential", "appid": appid, "secret": SECRET}
        answer = await self.get("/cgi-bin/token?" + urlencode(params), world=world)
        return str(answer["access_token"])

    async def token_state(self, token: str) -> int:
        """0 while an access_token is good, else the errcode it brings."""
        answer = await self.get("/wxa/checksession?" + urlencode({"access_token": token}))
        return 0 if answer["errcode"] == 87008 else int(answer["errcode"])

    async def rule(self, then: dict[str, Any] | None = None, **fields: Any) -> str:
        """Post a rule for jscode2session; its id."""
        rule = {"on": "jscode2session"} | ({"then": then} if then else {}) | fields
        return str((await self.control("POST", "rules", rule))["id"])

    async def forget_ended(self) -> None:
        """Do what the housekeeping does every second."""
        while await self.server.worlds.drop_ended(1000):
            pass

    async def latest(self) -> dict[str, Any]:
        """The journal's entry of the latest call."""
        entry: dict[str, Any] = (await self.control("GET", "requests"))["requests"][-1]
        return entry

    async def acted(self, name: str = "r1") -> int:
        """How often a rule has acted."""
        rules = (await self.control("GET", "rules"))["rules"]
        return int(next(rule["acted"] for rule in rules if rule["id"] == name))

    async def send(self, *requests: bytes) -> bytes:
        """All that comes back on one connection until either side closes it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(b"".join(requests))
            return await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()

    async def status_line(self, data: bytes) -> bytes:
        """The first line that comes back; the rest is not waited for."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        line = await asyncio.wait_for(reader.readline(), 10)
        writer.transport.abort()
        return line.rstrip()

    async def send_and_leave(self, data: bytes) -> None:
        """Write, and hang up without reading."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        await writer.drain()
        writer.transport.abort()


def jscode2session(**changed: str | None) -> str:
    """The target of a jscode2session call; None leaves a parameter out."""
    params: dict[str, str | None] = {"appid": APPID, "secret": SECRET, "js_code": ""}
    params |= {"grant_type": "authorization_code"} | changed
    kept = {name: value for name, value in params.items() if value is not None}
    return "/sns/jscode2session?" + urlencode(kept)


def signed(path: str, token: str, session: dict[str, Any], **changed: str | None) -> str:
    """A target signed with the session's key over no body; None leaves a parameter out."""
    params: dict[str, str | None] = {
        "access_token": token,
        "openid": session["openid"],
        "signature": session_signature(b"", session["session_key"]),
        "sig_method": "hmac_sha256",
    }
    kept = {name: value for name, value in (params | changed).items() if value is not None}
    return f"{path}?{urlencode(kept)}"


def scripted(*words: str, user: str = "alice") -> str:
    """The target of a call whose code carries these effects."""
    return jscode2session(js_code=".".join(["emu", user, *words]))


def parted(response: bytes) -> tuple[bytes, bytes]:
    """A response's head and its body."""
    head, _, body = response.partition(b"\r\n\r\n")
    return head, body


def request(target: str, method: str = "GET", *headers: str, body: bytes = b"") -> bytes:
    """An HTTP request as bytes, the last one of its connection."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def port_of(url: str) -> int:
    """The port a URL ends in."""
    return int(url.rpartition(":")[2])


async def running(http: aiohttp.ClientSession, **settings: Any) -> Harness:
    """A started emulator; its server must be stopped."""
    values: dict[str, Any] = {"port": (0,), "quiet": True} | settings
    server = Server(Settings(**values))
    await server.start()
    return Harness(server, http)
