"""One client's connection: its requests are answered whole, in order, however their bytes come."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.process import AT_ONCE
from tests.support import Harness, request

GET = b"GET %b HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n\r\n"
LAST = request("/livez")
POST = b"POST /sns/jscode2session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n%b"
EXPECTING = POST.replace(b"Host", b"Expect: 100-continue\r\nHost")


async def test_each_client_that_waits_for_it_is_told_to_go_on(emulator: Harness) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    for _ in range(3):
        writer.write(EXPECTING % b"abcd")
        told = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), AT_ONCE)
        assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), AT_ONCE)
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length
        await reader.readexactly(int(length[1]))
    writer.close()


async def test_a_thousand_requests_sent_ahead_are_answered_in_order(emulator: Harness) -> None:
    ahead = [GET % b"/sns/jscode2session?appid=%d" % n for n in range(1000)]
    answers = await emulator.send(*ahead, LAST)
    assert re.findall(rb"you sent '(\d+)'", answers) == [b"%d" % n for n in range(1000)]


async def test_who_sends_thousands_ahead_keeps_nobody_waiting(emulator: Harness) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(GET % b"/sns/jscode2session" * 5000)
    await reader.readuntil(b"errcode")
    await emulator.send(LAST)
    assert emulator.world().journal.last < 1000
    writer.transport.abort()


async def test_a_client_that_does_not_read_is_read_no_further(emulator: Harness) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", emulator.port, limit=1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def send_all() -> None:
        for _ in range(200):
            writer.write(GET % b"/sns/jscode2session?appid=x" * 5000)
            await asyncio.wait_for(writer.drain(), 0.5)

    with pytest.raises(TimeoutError):
        await send_all()
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
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), AT_ONCE)
        assert head.startswith(b"HTTP/1.1 200 OK\r\nConnection: keep-alive")
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length
        assert b"errcode" in await reader.readexactly(int(length[1]))
    writer.close()


@pytest.mark.parametrize("count", [1, 100])
async def test_who_has_no_more_to_send_gets_all_answers(emulator: Harness, count: int) -> None:
    answers = await ask_and_close_half(emulator, GET % b"/sns/jscode2session" * count)
    assert answers.count(b"errcode") == count


async def test_half_a_request_is_nothing_to_wait_for(emulator: Harness) -> None:
    assert await ask_and_close_half(emulator, b"GET /livez HTTP/1.1\r\n") == b""
    assert b" 400 Bad Request\r\n" in await ask_and_close_half(emulator, POST % b"ab")


async def ask_and_close_half(emulator: Harness, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(data)
    writer.write_eof()
    answers = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answers


async def test_a_body_that_breaks_off_in_disorder_is_refused(emulator: Harness) -> None:
    chunked = POST.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked") % b"2\r\nab\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(chunked)
    await emulator.send(LAST)
    writer.write(b"no chunk\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.endswith(b"400 Bad Request: the body is broken\n")
    writer.close()
