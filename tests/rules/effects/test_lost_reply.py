"""`lost_reply`: the code is spent, the answer never arrives."""

from __future__ import annotations

from tests.rules.effects.raw import Connection
from tests.support import Harness, jscode2session, request, scripted


async def test_the_call_runs_and_then_the_stream_ends_without_a_byte(emulator: Harness) -> None:
    code = await emulator.login(then={"lost_reply": True})
    async with Connection(emulator.port) as connection:
        assert await connection.ask(jscode2session(js_code=code)) == b""
    assert (await emulator.control("GET", "sessions"))["sessions"]
    assert (await emulator.exchange(code))["errcode"] == 40163


async def test_a_scripted_code_that_works_once_is_spent_too(emulator: Harness) -> None:
    code = "emu.alice.once-1.lost_reply"
    async with Connection(emulator.port) as connection:
        assert await connection.ask(scripted("once-1", "lost_reply")) == b""
    assert (await emulator.exchange(code))["errcode"] == 40163


async def test_a_hanging_call_stays_one(emulator: Harness) -> None:
    await emulator.rule({"lost_reply": True, "hang": True})
    async with Connection(emulator.port) as connection:
        await connection.send(scripted())
        found = await emulator.control("GET", "requests/wait?count=1")
    assert found["requests"][0]["answer"] == {"dropped": "hang"}


async def test_the_journal_keeps_the_hint_of_the_answer_that_nobody_heard(
    emulator: Harness,
) -> None:
    await emulator.rule({"lost_reply": True})
    assert await emulator.send(request(jscode2session(js_code="the code is a mock one"))) == b""
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["answer"] == {"dropped": "close"}
    assert entry["hint"].startswith("rule r1 acted: lost_reply; the devtools gave a mock code")
