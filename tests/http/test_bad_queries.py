"""Ten thousand generated queries: never a 5xx, never a traceback, always an answer."""

from __future__ import annotations

import asyncio
import re
from random import Random
from urllib.parse import quote_from_bytes

import pytest

from tests.support import APPID, OTHER_APPID, SECRET, Harness

CONNECTIONS, CALLS, BATCH = 10, 1000, 50
NAMES = ["appid", "secret", "js_code", "grant_type", "code", "APPID", "amp;appid", "", "x" * 300]
VALUES = [APPID, OTHER_APPID, SECRET, "authorization_code", "", "0", "null", "x" * 2000, "emu.a"]
PATHS = ["/sns/jscode2session"] * 5 + ["/cgi-bin/token", "/sns/", "/sns//x", "/w/b/sns/x", "/q"]
ASIDE = ["%", "%zz", "%00", "%ff%fe", "%0d%0aX:%20y", "+", "&", "==", "?", "%e5%b0%8f", "%c0%80"]


def target(random: Random) -> str:
    """A path with up to six parameters, some whole, some broken."""
    pairs = (f"{random.choice(NAMES)}={value(random)}" for _ in range(random.randrange(7)))
    return f"{random.choice(PATHS)}?{random.choice('&&&;')}".join(["", "&".join(pairs)])


def value(random: Random) -> str:
    match random.randrange(3):
        case 0:
            return random.choice(VALUES)
        case 1:
            return random.choice(ASIDE) * random.randrange(4)
        case _:
            return quote_from_bytes(random.randbytes(random.randrange(40)), safe="/?:@!$'()*,")


async def ask(emulator: Harness, seed: int) -> list[int]:
    """The statuses of the calls of one keep-alive connection, pipelined in batches."""
    random, statuses = Random(seed), []
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    for _ in range(CALLS // BATCH):
        calls = (f"GET {target(random)} HTTP/1.1\r\nHost: x\r\n\r\n" for _ in range(BATCH))
        writer.write("".join(calls).encode())
        for _ in range(BATCH):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            assert length
            await reader.readexactly(int(length[1]))
            statuses.append(int(head[9:12]))
    writer.close()
    return statuses


async def test_ten_thousand_bad_queries(
    emulator: Harness, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    await emulator.login("a", code="0")
    statuses = await asyncio.gather(*(ask(emulator, seed) for seed in range(CONNECTIONS)))
    found = [status for some in statuses for status in some]
    assert len(found) == CONNECTIONS * CALLS
    assert set(found) == {200, 404}
    shown = await emulator.control("GET", "requests")
    assert len(shown["requests"]) > 1000
    await emulator.server.stop()
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
    assert "Traceback" not in capfd.readouterr().err
