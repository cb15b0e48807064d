"""One client's connection: its requests are answered whole, in order, however their bytes come."""

from __future__ import annotations

import asyncio
import re

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError

from emulator.http.parser import Body, BrokenBodyError, RequestReader
from tests.support import Harness, request

GET = b"GET %b HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n\r\n"
LAST = request("/livez")
POST = b"POST /sns/jscode2session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n%b"
EXPECTING = POST.replace(b"Host", b"Expect: 100-continue\r\nHost")
CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n"

# What a client sends in pieces, after it has sent GET twice.
PIECES: dict[str, list[bytes]] = {
    "the same": [GET % b"/a?b=c"],
    "no query": [GET % b"/"],
    "two at once": [GET % b"/a" + GET % b"/b", GET % b"/c"],
    "one and a half": [
        GET % b"/a" + b"GET /b HT",
        b"TP/1.1\r\nHost: localhost\r\n\r\n",
        GET % b"/",
    ],
    "a half that looks whole": [b"GET /a HTTP/1.1\r\nHost: x\r\nX: ", GET % b"/b", GET % b"/c"],
    "cut in the head": [(GET % b"/abc")[:20], (GET % b"/abc")[20:], GET % b"/d"],
    "cut behind the request line": [b"GET /a HTTP/1.1\r\n", b"Host: x\r\n\r\n", GET % b"/"],
    "cut before the last byte": [(GET % b"/abc")[:-1], b"\n", GET % b"/d"],
    "no Host": [b"GET / HTTP/1.1\r\nX: 1\r\n\r\n"],
    "no headers": [b"GET / HTTP/1.1\r\n\r\n"],
    "another header": [b"GET / HTTP/1.1\r\nHost: localhost\r\nX: 2\r\n\r\n", GET % b"/"],
    "a body": [POST % b"abcd", GET % b"/"],
    "a body that ends like a head": [POST % b"\r\n\r\n", GET % b"/"],
    "another body": [POST % b"efgh", POST % b"ijkl", GET % b"/"],
    "a longer body": [POST.replace(b"4", b"5") % b"abcde", POST % b"abcd"],
    "more than the body": [POST % b"abcd" + GET % b"/", POST % b"abcd"],
    "less than the body": [POST % b"abc", b"d", POST % b"abcd"],
    "a body apart from its head": [POST % b"", b"abcd", POST % b"abcd"],
    "patient": [EXPECTING % b"abcd"] * 3,
    "half a body": [POST % b"ab", GET % b"/"],
    "chunks": [CHUNKED, GET % b"/", b"0\r\n\r\n", GET % b"/"],
    "empty lines": [b"\r\n\r\n" + GET % b"/a", GET % b"/b"],
    "a long target": [GET % (b"/" + b"a" * 4000), GET % (b"/" + b"a" * 9000)],
    "odd targets": [GET % b"//x/y", GET % b"*", GET % b"/a#b", GET % b"/%zz?%", GET % b"/a[b]"],
    "a target that is none": [GET % b"/\xff"],
    "a blank in it": [GET % b"/a b"],
    "an upgrade": [b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"] * 3,
    "close": [b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"] * 2,
}


@pytest.mark.parametrize("usual", [GET % b"/one", POST % b"abcd"], ids=["GET", "POST"])
@pytest.mark.parametrize("name", PIECES)
async def test_headers_that_come_again_are_read_as_if_parsed_anew(name: str, usual: bytes) -> None:
    warming = [usual, usual]
    assert read(*warming, *PIECES[name])[2:] == read(*PIECES[name])


@pytest.mark.parametrize("usual", [GET % b"/one", POST % b"abcd"], ids=["GET", "POST"])
async def test_usual_headers_are_parsed_once(usual: bytes) -> None:
    reader = RequestReader(BaseProtocol(asyncio.get_running_loop()), asyncio.get_running_loop())
    [(_, first, _)] = reader.feed(usual)
    reader.feed(b"")  # as aiohttp does whenever a body has been read
    [(_, second, body)] = reader.feed(usual)
    assert second is first
    assert body == usual.partition(b"\r\n\r\n")[2]


def read(*pieces: bytes) -> list[object]:
    """What is read of the pieces."""
    reader = RequestReader(BaseProtocol(asyncio.get_running_loop()), asyncio.get_running_loop())
    found: list[object] = []
    for piece in pieces:
        try:
            found += [
                (target, head.method, list(head.headers.items()), head.should_close, *content(body))
                for target, head, body in reader.feed(piece)
            ]
        except HttpProcessingError as error:
            return [*found, error.message]
    return found


def content(body: Body) -> tuple[bytes, bool]:
    """What is there of a body, and whether that is all."""
    if isinstance(body, bytes):
        return body, True
    try:
        return body.read_nowait(), body.is_eof()
    except BrokenBodyError:
        return b"", False


async def test_each_client_that_waits_for_it_is_told_to_go_on(emulator: Harness) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    for _ in range(3):
        writer.write(EXPECTING % b"abcd")
        told = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
        assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length
        await reader.readexactly(int(length[1]))
    writer.close()


async def test_a_thousand_requests_sent_ahead_are_answered_in_order(emulator: Harness) -> None:
    ahead = [GET % b"/sns/jscode2session?appid=%d" % n for n in range(1000)]
    answers = await emulator.send(*ahead, LAST)
    assert re.findall(rb"you sent '(\d+)'", answers) == [b"%d" % n for n in range(1000)]


async def test_a_client_that_does_not_read_is_read_no_further(emulator: Harness) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", emulator.port, limit=1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def send_for_ever() -> None:
        while True:
            writer.write(GET % b"/sns/jscode2session?appid=x" * 5000)
            await writer.drain()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(send_for_ever(), 0.5)
    assert b"errcode" in await emulator.send(request("/sns/jscode2session"))
    writer.transport.abort()


async def test_a_body_that_nobody_reads_does_not_stand_in_the_next_one_s_way(
    emulator: Harness,
) -> None:
    unread = (
        b"POST /w/%25/sns HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
    )
    answers = await emulator.send(unread, LAST)
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"404", b"200"]


async def test_an_offer_of_http_2_is_passed_over(emulator: Harness) -> None:
    """Java's HttpClient makes it with its first request."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    first = b"POST /sns/jscode2session HTTP/1.1\r\nHost: x\r\n%bContent-Length: 2\r\n\r\n{}" % offer
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    for _ in range(2):
        writer.write(first)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
        assert head.startswith(b"HTTP/1.1 200 OK\r\nConnection: keep-alive")
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length
        assert b"errcode" in await reader.readexactly(int(length[1]))
    writer.close()
