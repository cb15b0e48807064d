"""`hang`: silence that ends with the client or the server, and spends nothing."""

from __future__ import annotations

import asyncio

from tests.process import AT_ONCE
from tests.support import Harness, StartEmulator, request, scripted


async def hung(emulator: Harness) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection whose call hangs."""
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request(scripted("hang")))
    await emulator.control("GET", "requests/wait?count=1")
    return reader, writer


async def test_no_byte_comes_while_other_calls_are_answered(emulator: Harness) -> None:
    reader, writer = await hung(emulator)
    assert "openid" in await emulator.exchange("emu.bob")
    assert not reader.at_eof()
    assert not reader._buffer  # type: ignore[attr-defined]  # read() would wait for ever
    writer.close()


async def test_the_servers_stop_ends_it_at_once(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator()
    reader, writer = await hung(emulator)
    async with asyncio.timeout(AT_ONCE):
        await emulator.server.stop()
        assert await reader.read() == b""
    writer.close()


async def test_it_dies_with_its_client(emulator: Harness) -> None:
    _, writer = await hung(emulator)
    before = len(asyncio.all_tasks())
    writer.transport.abort()
    async with asyncio.timeout(AT_ONCE):
        while len(asyncio.all_tasks()) >= before:
            await emulator.control("GET", "requests/count")


async def test_the_journal_shows_it_with_its_rule(emulator: Harness) -> None:
    _, writer = await hung(emulator)
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["answer"] == {"dropped": "hang"}
    assert entry["rules"] == ["js_code"]
    assert entry["hint"] == "the code's script acted: hang"
    writer.close()
