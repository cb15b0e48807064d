"""Clients that send faster than they read, or never end what they send: held back, then let go."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing

import pytest

from emulator.http import connection
from tests.support import Harness, request

CALL = b"GET /sns/jscode2session?appid=%d&x=" + b"x" * 200 + b" HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = request("/livez")
# More than is received at once, and more answers than any buffer on the way holds.
CALLS = 3000
PAGE = "x" * 6000
SENT_IN_VAIN = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
UNREAD = SENT_IN_VAIN % b"/w/%25/sns" + b"Content-Length: 300000\r\n\r\n{"
PAST_THE_LIMIT = SENT_IN_VAIN % b"/_emulator/v1/reset" + b"Content-Length: 300000000\r\n\r\n{"


async def test_thousands_of_requests_sent_ahead_are_all_answered(emulator: Harness) -> None:
    answers = await emulator.send(*(CALL % n for n in range(CALLS)), LAST)
    assert re.findall(rb"you sent '(\d+)'", answers) == [b"%d" % n for n in range(CALLS)]


async def test_a_client_that_reads_late_gets_every_answer(emulator: Harness) -> None:
    await emulator.rule({"body": PAGE})
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port, limit=1024)
    with closing(writer):
        writer.write(b"".join(CALL % n for n in range(CALLS)) + LAST)
        assert await answered_until_it_stops(emulator) < CALLS
        async with asyncio.timeout(10):
            assert (await reader.read()).count(PAGE.encode()) == CALLS


async def answered_until_it_stops(emulator: Harness) -> int:
    """How many calls were answered when none was between two looks any more."""
    await emulator.control("GET", "requests/wait?count=1")
    before, now = -1, 0
    while now != before:
        before, now = now, (await emulator.control("GET", f"requests?after={now}"))["next"]
    return now


@pytest.fixture
def brief_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused client is read on for a moment; the one place that knows where its length lies."""
    monkeypatch.setattr("emulator.http.refusal.LINGER", 0.01)
    monkeypatch.setitem(connection._OPTIONS, "lingering_time", 0.01)


@pytest.mark.usefixtures("brief_linger")
async def test_a_body_that_never_ends_is_not_waited_for(emulator: Harness) -> None:
    assert (await emulator.send(UNREAD)).startswith(b"HTTP/1.1 404 ")


@pytest.mark.usefixtures("brief_linger")
@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"hello there\r\n\r\n", b"400"), (PAST_THE_LIMIT, b"413"), (UNREAD, b"404")],
    ids=["no HTTP", "past the limit", "unread"],
)
async def test_who_goes_on_sending_after_a_refusal_is_cut_off(
    emulator: Harness, sent: bytes, status: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    with closing(writer):
        writer.write(sent)
        async with asyncio.timeout(5):
            assert (await reader.readline()).startswith(b"HTTP/1.1 " + status)
            with pytest.raises(ConnectionError):
                await send_for_ever(emulator, writer)


async def send_for_ever(emulator: Harness, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, as often as the emulator answers others."""
    while True:
        writer.write(b" ")
        await writer.drain()
        await emulator.control("GET", "health")
