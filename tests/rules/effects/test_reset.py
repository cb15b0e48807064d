"""`reset`: a true TCP RST, which no client can take for an end of the stream."""

from __future__ import annotations

import pytest

from tests.rules.effects.raw import Connection
from tests.support import Harness, jscode2session, scripted


async def test_reading_raises_connection_reset(emulator: Harness) -> None:
    async with Connection(emulator.port) as connection:
        with pytest.raises(ConnectionResetError):
            await connection.ask(scripted("reset"))


async def test_it_works_on_the_second_request_of_a_connection(emulator: Harness) -> None:
    async with Connection(emulator.port) as connection:
        assert b"openid" in await connection.ask(scripted())
        with pytest.raises(ConnectionResetError):
            await connection.ask(scripted("reset"))


async def test_the_code_is_not_spent(emulator: Harness) -> None:
    code = await emulator.login()
    await emulator.rule({"reset": True}, times=1)
    async with Connection(emulator.port) as connection:
        with pytest.raises(ConnectionResetError):
            await connection.ask(jscode2session(js_code=code))
    assert "openid" in await emulator.exchange(code)


async def test_a_delayed_reset_comes_after_the_delay(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"delay": "3s", "reset": True})
    async with Connection(emulator.port) as connection:
        await connection.send(scripted())
        while not await emulator.acted():
            pass
        await emulator.advance("3s")
        with pytest.raises(ConnectionResetError):
            await connection.receive()
