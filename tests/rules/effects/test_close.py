"""`close`: a FIN and no byte."""

from __future__ import annotations

from tests.rules.effects.raw import Connection
from tests.support import Harness, jscode2session, scripted


async def test_the_stream_ends_without_a_byte_and_without_a_reset(emulator: Harness) -> None:
    async with Connection(emulator.port) as connection:
        assert await connection.ask(scripted("close")) == b""
        assert await connection.receive() == b""


async def test_the_code_is_not_spent(emulator: Harness) -> None:
    code = await emulator.login()
    await emulator.rule({"close": True}, times=1)
    async with Connection(emulator.port) as connection:
        assert await connection.ask(jscode2session(js_code=code)) == b""
    assert "openid" in await emulator.exchange(code)


async def test_only_the_second_request_of_a_connection_is_dropped(emulator: Harness) -> None:
    """A server that ends idle connections while a client reuses them."""
    await emulator.rule({"close": True}, when={"connection_call": 2})
    for _ in range(2):
        async with Connection(emulator.port) as connection:
            assert b"openid" in await connection.ask(scripted())
            assert await connection.ask(scripted()) == b""


async def test_the_journal_shows_it_with_its_rule(emulator: Harness) -> None:
    await emulator.rule({"close": True}, name="Gone!")
    async with Connection(emulator.port) as connection:
        await connection.ask(scripted())
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["answer"] == {"dropped": "close"}
    assert (entry["rules"], entry["hint"]) == (["gone"], "rule gone acted: close")
