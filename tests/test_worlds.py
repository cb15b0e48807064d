"""Worlds: made by their URL, apart from each other, bounded, the same from the same seed."""

from __future__ import annotations

import asyncio
import re

import pytest

from emulator.control import PREFIX
from emulator.core.entities import Code
from emulator.world.clock import monotonic
from tests.process import AT_ONCE
from tests.support import APPID, NOON, SECRET, Harness, StartEmulator, request


async def test_a_code_of_one_world_is_unknown_in_another(emulator: Harness) -> None:
    code = await emulator.login(world="one")
    assert (await emulator.exchange(code, world="two"))["errcode"] == 40029
    assert "openid" in await emulator.exchange(code, world="one")


async def test_two_worlds_never_share_a_code_or_key(emulator: Harness) -> None:
    worlds = ["default", "one", "two"]
    codes = [await emulator.login(world=world) for world in worlds]
    sessions = [
        await emulator.exchange(code, world=world)
        for code, world in zip(codes, worlds, strict=True)
    ]
    assert len(set(codes)) == len({each["session_key"] for each in sessions}) == 3
    assert len({each["openid"] for each in sessions}) == 1, "people are the same everywhere"


async def test_each_world_has_its_own_clock_apps_users_and_journal(emulator: Harness) -> None:
    await emulator.freeze(world="one")
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET}, world="one")
    await emulator.control("PUT", "users/alice", {}, world="one")
    await emulator.exchange("x", world="one")
    for route, key in (("apps", "apps"), ("users", "users"), ("requests", "requests")):
        for world, count in (("one", 1), ("two", 0)):
            assert len((await emulator.control("GET", route, world=world))[key]) == count
    assert not (await emulator.control("GET", "clock", world="two"))["frozen"]


async def test_w_default_is_the_default_world(emulator: Harness) -> None:
    code = await emulator.login()
    path = f"/w/default/sns/jscode2session?appid={APPID}&secret={SECRET}&js_code={code}"
    assert b"session_key" in await emulator.send(request(path))
    assert (await emulator.control("GET", "worlds"))["worlds"] == ["default"]


@pytest.mark.parametrize("name", ["a", "checkout-3", "A.b_c-9", "x" * 64, "..", "0"])
async def test_good_names(emulator: Harness, name: str) -> None:
    assert b"41002" in await emulator.send(request(f"/w/{name}/sns/jscode2session"))
    assert name in (await emulator.control("GET", "worlds"))["worlds"]


@pytest.mark.parametrize("name", ["", "x" * 65, "a%20b", "a+b", "a:b", "~"])
async def test_bad_names_are_404_with_the_rule(emulator: Harness, name: str) -> None:
    for path in ("/sns/jscode2session", f"{PREFIX}health"):
        response = await emulator.send(request(f"/w/{name}{path}"))
        assert response.startswith(b"HTTP/1.1 404 ")
        assert b"expected 1 to 64 letters, digits, '.', '_' or '-' after /w/" in response


async def test_worlds_are_bounded_in_number(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(max_worlds=2)
    await emulator.get("/sns/jscode2session", world="one")
    response = await emulator.send(request("/w/two/sns/jscode2session"))
    assert response.startswith(b"HTTP/1.1 429 ")
    assert b"DELETE /_emulator/v1/worlds/NAME frees one, --max-worlds allows more" in response
    await emulator.control("DELETE", "worlds/one")
    assert (await emulator.get("/sns/jscode2session", world="two"))["errcode"] == 41002


async def test_the_default_world_is_always_there(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(max_worlds=1)
    await emulator.control("DELETE", "worlds/default")
    await emulator.get("/sns/jscode2session", world="one")
    await emulator.login()
    assert (await emulator.control("GET", "worlds"))["worlds"] == ["one", "default"]


async def test_a_deleted_world_begins_anew(emulator: Harness) -> None:
    code = await emulator.login(world="one")
    assert await emulator.control("DELETE", "worlds/one") == {"deleted": "one"}
    assert (await emulator.control("GET", "worlds"))["worlds"] == ["default"]
    assert (await emulator.exchange(code, world="one"))["errcode"] == 40029


async def test_a_world_may_be_deleted_twice(emulator: Harness) -> None:
    for _ in range(2):
        assert await emulator.control("DELETE", "worlds/one", world="one") == {"deleted": "one"}
    assert (await emulator.control("GET", "worlds"))["worlds"] == ["default"]


LOOKS = (
    "requests", "requests/count", "clock", "users", "apps", "rules", "endpoints", "sessions",
    "state", "scenario", "health", "worlds", "openapi.json", "nowhere",
)  # fmt: skip
SCENARIO = f"version: 1\nclock: {{at: {NOON}, frozen: true}}\nusers: [{{name: alice}}]\n"


@pytest.mark.parametrize("route", LOOKS)
async def test_looking_at_a_world_that_is_not_there_makes_none(
    start_emulator: StartEmulator, route: str
) -> None:
    emulator = await start_emulator(scenario_inline=SCENARIO, max_worlds=1)
    seen = [await emulator.call_control("GET", route, world="new") for _ in range(2)]
    assert emulator.server.worlds.names() == ["default"]
    await emulator.control("DELETE", "worlds/default")
    await emulator.server.worlds.open("new")
    made = await emulator.call_control("GET", route, world="new")
    for _, answer in (*seen, made):
        for varies in ("timestamp", "uptimeInSeconds", "worlds"):
            answer.pop(varies, None)
    assert seen == [made] * 2


async def test_a_look_shows_the_scenario_of_now(emulator: Harness) -> None:
    assert (await emulator.control("GET", "users", world="new"))["users"] == []
    scenario = {"version": 1, "users": [{"name": "alice"}]}
    await emulator.control("PUT", "scenario", scenario)
    [alice] = (await emulator.control("GET", "users", world="new"))["users"]
    assert alice["name"] == "alice"


@pytest.mark.parametrize("path", ["", "/", "/livez", "/readyz"])
async def test_nor_does_a_health_check(emulator: Harness, path: str) -> None:
    assert b"200 OK" in await emulator.send(request(f"/w/new{path}"))
    assert emulator.server.worlds.names() == ["default"]


async def test_who_waits_for_a_call_is_in_the_world_that_gets_it(emulator: Harness) -> None:
    waiting = asyncio.create_task(emulator.control("GET", "requests/wait", world="new"))
    while "new" not in (await emulator.control("GET", "worlds"))["worlds"]:
        pass
    await emulator.exchange("x", world="new")
    assert len((await waiting)["requests"]) == 1


async def test_the_first_call_into_a_world_is_a_line_in_the_log(
    start_emulator: StartEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = await start_emulator(quiet=False)
    await emulator.control("GET", "requests", world="new")
    for _ in range(2):
        await emulator.exchange("x", world="new")
    await emulator.login(world="other")
    await emulator.server.stop()
    log = capsys.readouterr().err
    assert log.count(" is new: ") == 2
    assert "world new is new: the first call is GET /sns/jscode2session\n" in log
    assert "world other is new: the first call is POST /_emulator/v1/wx/login\n" in log


async def test_reset_forgets_all_but_the_journals_numbers(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    await emulator.exchange(await emulator.login())
    before = await emulator.control("GET", "requests")
    await emulator.control("POST", "reset")
    after = await emulator.control("GET", "requests")
    assert (after["requests"], after["next"]) == ([], before["next"])
    assert (await emulator.control("GET", "apps"))["apps"] == []
    assert not (await emulator.control("GET", "clock"))["frozen"]


async def test_a_call_from_before_a_reset_is_not_in_the_journal_after(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"delay": "30s"})
    call = asyncio.create_task(emulator.exchange("emu.alice"))
    while not (await emulator.control("GET", "rules"))["rules"][0]["acted"]:
        pass
    await emulator.control("POST", "reset")
    assert "openid" in await call
    assert (await emulator.control("GET", "requests"))["requests"] == []


async def serial_run(emulator: Harness, world: str) -> list[bytes]:
    """What a fixed list of calls answers, byte for byte."""
    await emulator.freeze(world=world)
    base = "" if world == "default" else f"/w/{world}"
    answers = []
    for user in ("alice", "bob", "alice"):
        code = await emulator.login(user, world=world)
        target = f"{base}/sns/jscode2session?appid={APPID}&secret={SECRET}&js_code={code}"
        answers += [await emulator.send(request(target)) for _ in range(2)]
        await emulator.advance("1m", world=world)
    token = f"grant_type=client_credential&appid={APPID}&secret={SECRET}"
    answers.append(await emulator.send(request(f"{base}/cgi-bin/token?{token}")))
    return answers


async def test_a_serial_run_on_a_frozen_clock_repeats_byte_for_byte(
    start_emulator: StartEmulator,
) -> None:
    first = await serial_run(await start_emulator(), "default")
    emulator = await start_emulator()
    assert await serial_run(emulator, "default") == first
    await emulator.control("POST", "reset")
    assert await serial_run(emulator, "default") == first
    assert await serial_run(emulator, "other") != first


async def test_the_clock_can_be_set_shifted_frozen_and_let_go(emulator: Harness) -> None:
    noon = "2026-01-01T04:00:00.000Z"
    assert await emulator.control("PUT", "clock", {"at": NOON, "frozen": True}) == {
        "now": noon,
        "frozen": True,
    }
    await emulator.advance("5m1.5s")
    assert (await emulator.control("GET", "clock"))["now"] == "2026-01-01T04:05:01.500Z"
    await emulator.advance("-5m1500ms")
    running = await emulator.control("PUT", "clock", {"frozen": False})
    assert running["frozen"] is False
    assert running["now"].startswith("2026-01-01T04:00:0")
    frozen = await emulator.control("PUT", "clock", {"frozen": True})
    assert (await emulator.control("GET", "clock")) == frozen | {"waiting": []}
    moved = await emulator.control("PUT", "clock", {"at": NOON})
    assert moved == {"now": noon, "frozen": True}
    assert await emulator.control("PUT", "clock", {}) == moved


async def test_a_time_outside_the_calendar_changes_nothing(emulator: Harness) -> None:
    last = {"at": "9998-12-31T23:59:59Z", "frozen": True}
    before = await emulator.control("PUT", "clock", last)
    status, _ = await emulator.call_control("POST", "clock/advance", {"by": "400d"})
    assert status == 422
    assert await emulator.control("GET", "clock") == before | {"waiting": []}
    assert (await emulator.exchange(await emulator.login()))["openid"]


async def test_date_and_rid_tell_the_worlds_time(emulator: Harness) -> None:
    await emulator.freeze("1999-12-31T23:59:59Z")
    response = await emulator.send(request("/sns/jscode2session"))
    assert b"Date: Fri, 31 Dec 1999 23:59:59 GMT\r\n" in response
    assert re.search(rb"rid: 386d437f-", response)


async def test_ended_codes_are_forgotten_in_every_world(emulator: Harness) -> None:
    for world in ("default", "one"):
        await emulator.freeze(world=world)
        for _ in range(5):
            await emulator.login(world=world)
        waits = await emulator.login(world=world, expires_in="1d")
        await emulator.advance("10m1s", world=world)
    worlds = emulator.server.worlds
    while await worlds.drop_ended(2):
        pass
    for world in ("default", "one"):
        assert emulator.world(world).view.store.count(Code) == 1
    assert "openid" in await emulator.exchange(waits, world="one")


async def test_whoever_sleeps_in_a_world_is_let_go_when_it_ends(emulator: Harness) -> None:
    await emulator.freeze(world="one")
    clock = emulator.world("one").clock
    sleeper = asyncio.create_task(clock.sleep_until(1e12, clock.steady()))
    await asyncio.sleep(0)
    await emulator.control("DELETE", "worlds/one")
    await asyncio.wait_for(sleeper, AT_ONCE)


async def test_a_defect_in_the_housekeeping_does_not_end_it(
    emulator: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turns = 0

    async def drop_ended(limit: int) -> int:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise ValueError("planted")
        emulator.server.worlds.drop_ended = original  # type: ignore[method-assign]
        again.set()
        return 0

    original, again = emulator.server.worlds.drop_ended, asyncio.Event()
    monkeypatch.setattr("emulator.http.server._HOUSEKEEPING_PAUSE", 0)
    monkeypatch.setattr(emulator.server.worlds, "drop_ended", drop_ended)
    await asyncio.wait_for(again.wait(), 5)
    assert "in its housekeeping" in caplog.text


async def test_the_journals_of_all_worlds_share_one_budget(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(all_journals_bytes=40_000, max_worlds=1000)
    for n in range(100):
        await emulator.get("/sns/jscode2session", world=f"w{n}")
    await emulator.control("DELETE", "worlds/w99")
    journals = [emulator.world(f"w{n}").journal for n in range(99)]
    assert sum(journal.bytes for journal in journals) <= 40_000
    assert len(journals[0].since(0)) == 0
    assert len(journals[98].since(0)) == 1


async def test_worlds_that_come_and_go_take_nothing_from_the_budget(emulator: Harness) -> None:
    await emulator.get("/sns/jscode2session")
    before = emulator.server.worlds._journal_budget.used
    for _ in range(3):
        await emulator.get("/sns/jscode2session", world="one")
        await emulator.control("POST", "reset", world="one")
        await emulator.get("/sns/jscode2session", world="one")
        await emulator.control("DELETE", "worlds/one")
    assert emulator.server.worlds._journal_budget.used == before
    assert len(emulator.server.worlds._journal_budget.journals) == 1


async def test_many_deleted_worlds_are_forgotten_in_one_go(
    emulator: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One a second were, and who deletes twenty a second filled the memory."""
    for n in range(30):
        await emulator.exchange("emu.alice", world=f"w{n}")
        await emulator.control("DELETE", f"worlds/w{n}")
    later = monotonic() + 2
    monkeypatch.setattr("emulator.worlds.monotonic", lambda: later)
    await emulator.forget_ended()
    assert not emulator.server.worlds._left
