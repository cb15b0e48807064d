"""Clients that send faster than they read: held back, and then let go on."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing

from tests.support import Emulator, request

CALL = b"GET /sns/jscode2session?appid=%d&x=" + b"x" * 200 + b" HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = request("/livez")
# More than is received at once, and more answers than any buffer on the way holds.
CALLS = 3000
PAGE = "x" * 6000


async def test_thousands_of_requests_sent_ahead_are_all_answered(emulator: Emulator) -> None:
    answers = await emulator.send(*(CALL % n for n in range(CALLS)), LAST)
    assert re.findall(rb"you sent '(\d+)'", answers) == [b"%d" % n for n in range(CALLS)]


async def test_a_client_that_reads_late_gets_every_answer(emulator: Emulator) -> None:
    await emulator.rule({"body": PAGE})
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port, limit=1024)
    with closing(writer):
        writer.write(b"".join(CALL % n for n in range(CALLS)) + LAST)
        assert await answered_until_it_stops(emulator) < CALLS
        async with asyncio.timeout(10):
            assert (await reader.read()).count(PAGE.encode()) == CALLS


async def answered_until_it_stops(emulator: Emulator) -> int:
    """How many calls were answered when none was between two looks any more."""
    await emulator.control("GET", "requests/wait?count=1")
    before, now = -1, 0
    while now != before:
        before, now = now, (await emulator.control("GET", f"requests?after={now}"))["next"]
    return now
