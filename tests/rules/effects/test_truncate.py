"""`truncate`: the head promises the whole body, the connection ends before it."""

from __future__ import annotations

import pytest

from tests.rules.effects.raw import Connection
from tests.support import Harness, jscode2session, parted, scripted


@pytest.mark.parametrize("after", [0, 1, 30])
async def test_so_many_bytes_come_under_the_whole_length(emulator: Harness, after: int) -> None:
    async with Connection(emulator.port) as connection:
        head, body = parted(await connection.ask(scripted(f"truncate-{after}")))
        assert b"Content-Length: 8" in head
        assert body == b'{"session_key":"DdDL\\/d4KQ2BmyZmUerjSAg=='[:after]
        assert await connection.receive() == b""


async def test_the_code_is_spent(emulator: Harness) -> None:
    code = await emulator.login(then={"truncate": 5})
    async with Connection(emulator.port) as connection:
        assert parted(await connection.ask(jscode2session(js_code=code)))[1] == b'{"ses'
    assert (await emulator.exchange(code))["errcode"] == 40163


async def test_an_error_answer_is_cut_too(emulator: Harness) -> None:
    await emulator.rule({"truncate": 11, "errcode": -1})
    async with Connection(emulator.port) as connection:
        assert parted(await connection.ask(scripted()))[1] == b'{"errcode":'


async def test_a_dropped_connection_stays_one(emulator: Harness) -> None:
    await emulator.rule({"truncate": 5, "close": True})
    async with Connection(emulator.port) as connection:
        assert await connection.ask(scripted()) == b""
