"""How long a connection is kept for a client that does nothing, or goes on for ever."""

from __future__ import annotations

import asyncio

import pytest

from tests.support import FastForward, Harness, request

KEPT = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
TOO_LONG = (
    b"POST /_emulator/v1/wx/login HTTP/1.1\r\nHost: x\r\nContent-Length: 300000000\r\n"
    b"Content-Type: application/json\r\n\r\n"
)
REFUSED = {"no HTTP": b"hello there\r\n\r\n", "a body too long": TOO_LONG}


async def test_an_idle_connection_ends_after_75_seconds(
    emulator: Harness, fast_forward: FastForward, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(KEPT)
    assert await reader.readuntil(b"ok\n")
    fast_forward(74)
    await emulator.send(request("/livez"))
    assert not reader.at_eof()
    fast_forward(1)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    assert not caplog.records
    writer.close()


async def test_each_answer_gives_it_75_seconds_more(
    emulator: Harness, fast_forward: FastForward
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    for _ in range(4):
        writer.write(KEPT)
        assert await reader.readuntil(b"ok\n")
        fast_forward(60)
    writer.close()


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
async def test_who_goes_on_after_a_refusal_sees_it_and_is_cut_off_in_the_end(
    emulator: Harness, fast_forward: FastForward, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(sent)
    async with asyncio.timeout(5):
        assert (await reader.read()).startswith(b"HTTP/1.1 4")  # and the server's half is closed
    await send_on(emulator, writer, times=10)
    fast_forward(10)
    with pytest.raises(ConnectionError):
        await send_on(emulator, writer, times=1000)
    assert not caplog.records


async def send_on(emulator: Harness, writer: asyncio.StreamWriter, *, times: int) -> None:
    for _ in range(times):
        writer.write(b"x" * 70_000)
        await writer.drain()
        await emulator.send(request("/livez"))
