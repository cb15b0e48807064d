"""A call that has to wait is in the journal, in the log and in `GET clock` from its arrival on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.process import AT_ONCE
from tests.support import Harness, StartEmulator, jscode2session, request, scripted


@asynccontextmanager
async def waiting(emulator: Harness, target: str) -> AsyncIterator[asyncio.StreamReader]:
    """A call that has come and waits; its client stays until the block ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request(target))
    await emulator.control("GET", "requests/wait?state=waiting")
    try:
        yield reader
    finally:
        writer.close()


async def entries(emulator: Harness, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await emulator.control("GET", f"requests?{query}"))["requests"]
    return found


async def test_a_delayed_call_is_there_at_once_and_says_what_it_waits_for(
    emulator: Harness,
) -> None:
    await emulator.freeze()
    async with waiting(emulator, scripted("delay-3s")) as reader:
        [entry] = await entries(emulator)
        assert (entry["state"], entry["answer"], entry["durationMs"]) == ("waiting", None, None)
        assert entry["waitsFor"] == "a delay of 3s, 3s to go on a frozen clock: advance it"
        assert (entry["user"], entry["errcode"]) == ("alice", None)
        await emulator.advance("1s")
        [entry] = await entries(emulator)
        assert entry["waitsFor"].startswith("a delay of 3s, 2s to go")
        await emulator.advance("2s")
        assert b"session_key" in await asyncio.wait_for(reader.read(), AT_ONCE)
    [entry] = await entries(emulator)
    assert (entry["number"], entry["state"], entry["waitsFor"]) == (1, "answered", None)
    assert entry["answer"]["status"] == 200
    assert entry["durationMs"] >= 0


async def test_the_codes_user_is_known_while_it_waits(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"delay": "3s"})
    code = await emulator.login("bob")
    async with waiting(emulator, jscode2session(js_code=code)):
        [entry] = await entries(emulator, "user=bob")
        assert entry["js_code"] == code


async def test_who_follows_sees_each_change(emulator: Harness) -> None:
    await emulator.freeze()
    async with waiting(emulator, scripted("delay-3s")):
        page = await emulator.control("GET", "requests")
        assert [entry["state"] for entry in page["requests"]] == ["waiting"]
        await emulator.exchange("emu.bob")
        page = await emulator.control("GET", f"requests?after={page['next']}")
        assert [entry["user"] for entry in page["requests"]] == ["bob"]
        await emulator.advance("3s")
        await emulator.control("GET", "requests/wait?user=alice")
        page = await emulator.control("GET", f"requests?after={page['next']}")
        assert [(each["number"], each["state"]) for each in page["requests"]] == [(1, "answered")]


async def test_filters_of_the_answer_leave_out_what_has_none(emulator: Harness) -> None:
    await emulator.freeze()
    async with waiting(emulator, scripted("delay-3s")):
        await emulator.exchange("nonsense")
        for query, count in (
            ("", 2), ("errcode=0", 0), ("errcode=40029", 1), ("status=200", 1),
            ("state=waiting", 1), ("state=answered", 1), ("state=left", 0),
        ):  # fmt: skip
            counted = await emulator.control("GET", f"requests/count?{query}")
            assert (query, counted["count"]) == (query, count)
        assert (await emulator.control("GET", "requests/wait"))["requests"][0]["number"] == 2


async def test_a_client_that_left_is_told_of(emulator: Harness) -> None:
    await emulator.freeze()
    async with waiting(emulator, scripted("delay-3s")):
        pass
    found = await emulator.control("GET", "requests/wait?state=left")
    [entry] = found["requests"]
    assert entry["waitsFor"] is None
    assert (await emulator.control("GET", "requests/count?status=200"))["count"] == 0


async def test_a_hang_is_over_when_its_client_goes(emulator: Harness) -> None:
    async with hanging(emulator):
        [entry] = await entries(emulator)
        assert (entry["state"], entry["answer"]) == ("dropped", {"dropped": "hang"})
        [waits] = (await emulator.control("GET", "clock"))["waiting"]
        assert waits["waitsFor"] == "its client to leave"
    await emulator.control("GET", "requests/wait?state=left")
    assert (await emulator.control("GET", "clock"))["waiting"] == []


@asynccontextmanager
async def hanging(emulator: Harness) -> AsyncIterator[None]:
    _, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request(scripted("hang")))
    await emulator.control("GET", "requests/wait")
    yield
    writer.close()


async def test_clock_and_health_list_who_waits(emulator: Harness) -> None:
    await emulator.freeze()
    async with waiting(emulator, scripted("delay-3s")):
        for route in ("clock", "health"):
            [waits] = (await emulator.control("GET", route))["waiting"]
            assert waits == {
                "number": 1,
                "path": "/sns/jscode2session",
                "user": "alice",
                "waitsFor": "a delay of 3s, 3s to go on a frozen clock: advance it",
            }


async def test_the_log_has_a_line_when_it_comes_and_one_in_the_end(
    start_emulator: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = await start_emulator(quiet=False)
    await emulator.freeze()
    async with waiting(emulator, scripted("delay-3s")) as reader:
        await emulator.advance("3s")
        await asyncio.wait_for(reader.read(), AT_ONCE)
    await emulator.exchange("emu.bob")
    await emulator.server.stop()
    came, ended, plain = capsys.readouterr().err.splitlines()
    assert came.startswith("04:00:00 GET /sns/jscode2session ")
    assert came.endswith(" waits for a delay of 3s")
    assert ended.startswith("04:00:03 GET ")
    assert "-> ok (after 0." in ended
    assert " s, came at 04:00:00)" in ended
    assert plain.endswith("-> ok")


async def test_calls_tell_their_connections_apart(emulator: Harness) -> None:
    for _ in range(2):
        await emulator.send(request(scripted()), b"")
    first, second = [entry["connection"] for entry in await entries(emulator)]
    assert first < second


async def test_who_leaves_in_the_middle_of_an_answer_is_one_line_in_the_log(
    start_emulator: StartEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = await start_emulator(quiet=False)
    await emulator.freeze()
    await emulator.rule({"dribble": {"over": "1h", "pieces": 9}})
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request(scripted()))
    await asyncio.wait_for(reader.read(1), AT_ONCE)
    writer.close()
    await emulator.server.stop()
    assert capsys.readouterr().err.count("alice emu.al") == 1
