"""The lane changes no byte: what it answers is what aiohttp's road answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any, cast

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from emulator.core.settings import Settings
from emulator.http import lane
from emulator.http.lane import LaneConnection
from emulator.http.server import Server
from emulator.snapshots import take
from tests.support import APPID, SECRET, FastForward

SCENARIO = """
version: 1
clock: {at: 2026-01-01T12:00:00+08:00, frozen: true}
codes: [{code: known, user: alice}, {code: other, user: bob}]
behaviour: {quotas: {sns: {minute: 4}, wxa: {minute: 3}}}
"""
HEAD = b"Host: api.weixin.qq.com\r\nUser-Agent: x\r\n"


def get(query: str, head: bytes = HEAD, path: str = "/sns/jscode2session") -> bytes:
    return f"GET {path}?{query} HTTP/1.1\r\n".encode() + head + b"\r\n"


def post(path: str, body: bytes, more: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"POST %b HTTP/1.1\r\n" % path.encode() + HEAD + length + more + b"\r\n" + body


def login(code: str, secret: str = SECRET) -> str:
    return f"appid={APPID}&secret={secret}&js_code={code}&grant_type=authorization_code"


TOKEN = f"grant_type=client_credential&appid={APPID}&secret={SECRET}"
PLAIN = [
    get(login("emu.alice")),
    get(login("emu.bob")),
    get(login("known")),
    get(login("other")),
    get(login("nobody")),
    get(login("emu.alice.once-1")),
    get(login("emu.alice", secret="")),
    get(TOKEN, path="/cgi-bin/token"),
    get(login("emu.alice"), path="/w/other/sns/jscode2session"),
    get(login("emu.alice"), HEAD + b"Content-Length: 3\r\n") + b"abc",
    post("/cgi-bin/stable_token", json.encode({"appid": APPID})),
    post("/wxa/business/getuserphonenumber?access_token=x", b'{"code":"y"}'),
]
ODD = [
    get(login("emu.alice.errcode-40163")),
    get(login("emu.alice.status-502")),
    get(login("emu.alice.truncate-3")),
    get(login("emu.alice.close")),
    get(login("a%20b")),
    get(login("emu.alice"), HEAD + b"Connection: close\r\n"),
    get(login("emu.alice"), HEAD + b"Expect: 100-continue\r\n"),
    get(login("emu.alice"), HEAD + b"Upgrade: h2c\r\nConnection: Upgrade\r\n"),
    get(login("emu.alice"), HEAD + b"Origin: http://evil.com\r\n"),
    get(login("emu.alice"), HEAD + b"Sec-Fetch-Site: cross-site\r\n"),
    get(login("emu.alice"), HEAD + b"Sec-Fetch-Site: same-origin\r\n"),
    get(login("emu.alice")).replace(b"HTTP/1.1", b"HTTP/1.0"),
    get(login("emu.alice")).replace(b"GET", b"HEAD"),
    post("/cgi-bin/stable_token", b"{}", b"Expect: 100-continue\r\n"),
    b"POST /cgi-bin/stable_token HTTP/1.1\r\n" + HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    get("", path="/readyz"),
    get("", path="/nowhere"),
    get("", path="/sns/nothing"),
    b"GET / HTTP/1.1\r\nno header\r\n\r\n",
    b"\x16\x03\x01",
    b"nonsense\r\n\r\n",
]  # fmt: skip


class Wire(asyncio.Transport):
    """A client's end without a socket: it keeps what it is sent, and how it is left."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def is_closing(self) -> bool:
        return b"FIN" in self.sent

    def close(self) -> None:
        if not self.is_closing():
            self.sent.append(b"FIN")

    abort = close

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        """Nobody holds this client back: it sends what the test says."""

    resume_reading = pause_reading

    def get_write_buffer_size(self) -> int:
        return 0


@pytest.fixture
async def servers() -> AsyncIterator[Callable[[], Any]]:
    started: list[Server] = []

    async def start(*, no_lane: bool = False) -> Server:
        server = Server(Settings(port=(0,), log="off", scenario_inline=SCENARIO, no_lane=no_lane))
        await server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        await server.stop()


async def quiet() -> None:
    """All that is ready to run has run."""
    for _ in range(30):
        await asyncio.sleep(0)


def connect(server: Server) -> tuple[Any, Wire]:
    assert server._http is not None
    connection, wire = server._http(), Wire()
    connection.connection_made(wire)
    return connection, wire


async def converse(server: Server, chunks: list[bytes], *, half_close: bool) -> tuple[Any, ...]:
    """All that can be seen of a conversation: bytes, journal and store."""
    connection, wire = connect(server)
    for chunk in chunks:
        if not wire.is_closing():
            connection.data_received(chunk)
            await quiet()
    if half_close and not wire.is_closing() and not connection.eof_received():
        wire.close()
    await quiet()
    connection.connection_lost(None)
    await quiet()
    # The refusal of what is no HTTP is dated by the machine.
    seen: list[Any] = [re.sub(rb"Date: [^\r]*", b"Date", b"".join(wire.sent))]
    for name in server.worlds.names():
        gateway = server.worlds.get(name)
        assert gateway is not None
        entries = gateway.world.journal.since(0)
        seen.append(
            [
                (e.number, e.endpoint, e.call.query_string, e.call.body, e.call.now, e.call.user,
                 e.call.number_on_connection, dict(e.call.headers), str(e.outcome))
                for e in entries
            ]
        )  # fmt: skip
        seen.append(b"".join(await take(gateway.world)))
    return tuple(seen)


STREAMS = st.lists(st.sampled_from(PLAIN) | st.sampled_from(PLAIN + ODD), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(requests=STREAMS, cuts=st.lists(st.integers(0, 4000), max_size=6), half_close=st.booleans())
async def test_both_roads_give_the_same_bytes_journal_and_store(
    requests: list[bytes], cuts: list[int], half_close: bool
) -> None:
    """Alone and whole, as the lane takes them, or cut anywhere and run together."""
    stream = b"".join(requests)
    edges = sorted({0, len(stream), *(cut % len(stream) for cut in cuts)})
    split = [stream[a:b] for a, b in pairwise(edges)]
    for chunks in (requests, split, requests + split):
        seen = []
        for no_lane in (False, True):
            made = Settings(port=(0,), log="off", scenario_inline=SCENARIO, no_lane=no_lane)
            server = Server(made)
            await server.start()
            try:
                seen.append(await converse(server, chunks, half_close=half_close))
            finally:
                await server.stop()
        assert seen[0] == seen[1]


async def taken_by_the_lane(server: Server, chunks: list[bytes]) -> int:
    """How many of the requests never came as far as aiohttp."""
    connection, _ = connect(server)
    for chunk in chunks:
        connection.data_received(chunk)
        await quiet()
    return cast(LaneConnection, connection)._answered


async def test_from_the_second_on_a_client_s_requests_go_through_the_lane(servers: Any) -> None:
    server = await servers()
    assert await taken_by_the_lane(server, [PLAIN[0], PLAIN[1], PLAIN[4], PLAIN[2]]) == 3
    assert await taken_by_the_lane(server, [PLAIN[-1]] * 3) == 2
    assert await taken_by_the_lane(server, [PLAIN[0], PLAIN[0] + PLAIN[1], PLAIN[0]]) == 0


@pytest.mark.parametrize("odd", ODD[5:])
async def test_what_is_not_plain_never_opens_it(servers: Any, odd: bytes) -> None:
    assert await taken_by_the_lane(await servers(), [odd, odd, odd]) == 0


@pytest.mark.parametrize(
    "half",
    [
        b"GET /sns/jscode2session HTTP/1.1\r\nX: ",
        b"POST /x HTTP/1.1\r\nContent-Length: 3\r\nX: ",
        b"POST /sns/jscode2session HTTP/1.1\r\nContent-Length: 1000\r\n\r\nx",
    ],
)
async def test_what_only_looks_whole_does_not_open_it(servers: Any, half: bytes) -> None:
    """Half of the request lay in aiohttp's parser already."""
    server = await servers()
    bare = b"GET /sns/jscode2session HTTP/1.1\r\nHost: x\r\n\r\n"
    for seems_whole in (bare, bare + b"abc"):
        assert await taken_by_the_lane(server, [half, seems_whole, seems_whole]) == 0


async def test_it_is_shut_where_a_rule_is_in_force(servers: Any) -> None:
    server = await servers()
    gateway = server.worlds.get("default")
    from emulator.core.validation import check
    from emulator.rules.rule import Rule

    await gateway.rules.add(check({"on": "token", "then": {"errcode": -1}}, Rule))
    assert await taken_by_the_lane(server, [PLAIN[0]] * 3) == 0


async def test_it_is_shut_where_aiohttp_has_lost_a_private_name(
    servers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "PRIVATE", (*lane.PRIVATE, "_gone"))
    assert await taken_by_the_lane(await servers(), [PLAIN[0]] * 3) == 0


def test_this_aiohttp_has_the_private_names() -> None:
    assert [name for name in lane.PRIVATE if not hasattr(web.RequestHandler, name)] == []


async def test_it_is_no_part_of_a_server_that_does_without(servers: Any) -> None:
    server = await servers(no_lane=True)
    assert not isinstance(connect(server)[0], LaneConnection)


async def test_a_client_that_only_the_lane_serves_is_not_idle(
    servers: Any, fast_forward: FastForward
) -> None:
    server = await servers()
    connection, wire = connect(server)
    for _ in range(5):
        connection.data_received(PLAIN[0])
        await quiet()
        fast_forward(Settings().idle_timeout - 1)
        await quiet()
        assert not wire.is_closing()
    assert connection._answered == 4
    fast_forward(Settings().idle_timeout + 1)
    await quiet()
    assert wire.is_closing()


async def test_once_the_server_stops_it_takes_no_more(servers: Any) -> None:
    server = await servers()
    connection, wire = connect(server)
    for _ in range(2):
        connection.data_received(PLAIN[0])
        await quiet()
    connection.close()
    sent = len(wire.sent)
    connection.data_received(PLAIN[0])
    await quiet()
    assert connection._answered == 1
    assert wire.sent[sent:] in ([], [b"FIN"])
