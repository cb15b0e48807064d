"""What a scenario puts into a world."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import APPID, NOON_UNIX, SECRET, StartEmulator

KNOWN_CODE = "0a1AliceKnownCode000000000000000"
SCENARIO = f"""
version: 1
name: noon
seed: 42
clock: {{at: 2026-01-01T12:00:00+08:00, frozen: true}}
behaviour: {{code_expires_in: 1m}}
apps:
  - {{appid: {APPID}, secret: {SECRET}, open_platform: acme}}
users:
  - {{name: alice, nickname: 小艾, phone: 13800138000}}
  - {{generate: 2}}
codes:
  - {{code: {KNOWN_CODE}, user: alice}}
  - {{code: aged, user: user1, age: 59s}}
  - {{code: brief, user: user2, expires_in: 2s}}
"""


@pytest.fixture
def scenario_file(tmp_path: Path) -> str:
    file = tmp_path / "noon.yaml"
    file.write_text(SCENARIO)
    return str(file)


async def test_apps_users_and_codes_are_there_at_the_start(
    start_emulator: StartEmulator, scenario_file: str
) -> None:
    emulator = await start_emulator(scenario=scenario_file)
    users = await emulator.control("GET", "users")
    assert [user["name"] for user in users["users"]] == ["alice", "user1", "user2"]
    assert users["users"][0]["phone"] == "13800138000"
    assert [app["appid"] for app in (await emulator.control("GET", "apps"))["apps"]] == [APPID]
    assert (await emulator.exchange(KNOWN_CODE))["openid"]


async def test_the_clock_stands_where_the_scenario_puts_it(
    start_emulator: StartEmulator, scenario_file: str
) -> None:
    emulator = await start_emulator(scenario=scenario_file)
    assert emulator.world().clock.now() == NOON_UNIX


@pytest.mark.parametrize(
    ("code", "seconds", "ends"),
    [("aged", 0.5, False), ("aged", 1, True), ("brief", 1, False), ("brief", 2, True)],
)
async def test_a_declared_code_ends_by_its_age_or_lifetime(
    start_emulator: StartEmulator, scenario_file: str, code: str, seconds: float, ends: bool
) -> None:
    emulator = await start_emulator(scenario=scenario_file)
    await emulator.advance(f"{seconds}s")
    assert ("errcode" in await emulator.exchange(code)) is ends


async def test_a_declared_code_never_ends_of_itself(
    start_emulator: StartEmulator, scenario_file: str
) -> None:
    emulator = await start_emulator(scenario=scenario_file)
    await emulator.advance("300d")
    assert "errcode" not in await emulator.exchange(KNOWN_CODE)


async def test_every_world_starts_from_the_scenario(
    start_emulator: StartEmulator, scenario_file: str
) -> None:
    emulator = await start_emulator(scenario=scenario_file)
    here = await emulator.exchange(KNOWN_CODE)
    there = await emulator.exchange(KNOWN_CODE, world="other")
    assert here["openid"] == there["openid"], "ids depend on the seed, not on the world"
    assert here["session_key"] != there["session_key"]


async def test_reset_brings_the_scenario_back(
    start_emulator: StartEmulator, scenario_file: str
) -> None:
    emulator = await start_emulator(scenario=scenario_file)
    first = await emulator.exchange(KNOWN_CODE)
    assert (await emulator.exchange(KNOWN_CODE))["errcode"] == 40163
    await emulator.control("POST", "reset")
    assert await emulator.exchange(KNOWN_CODE) == first


async def test_a_scenario_may_come_in_a_variable(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario_inline=SCENARIO)
    assert (await emulator.exchange(KNOWN_CODE))["openid"]


async def test_frozen_without_a_time_freezes_at_the_start(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario_inline="version: 1\nclock: {frozen: true}")
    clock = emulator.world().clock
    assert clock.now() == clock.now()


async def test_a_time_without_frozen_runs_on(start_emulator: StartEmulator) -> None:
    text = "version: 1\nclock: {at: 2026-01-01T12:00:00+08:00}"
    emulator = await start_emulator(scenario_inline=text)
    clock = emulator.world().clock
    assert NOON_UNIX <= clock.now() < NOON_UNIX + 60
    assert clock.now() < clock.now()


async def test_a_seeded_world_can_be_shown_and_snapshot(start_emulator: StartEmulator) -> None:
    text = (
        f"version: 1\napps: [{{appid: {APPID}, ip_whitelist: [10.0.0.0/8, '::1']}}]\n"
        "users: [{name: alice, openids: {wx0123456789abcdef: oVBkZ0aYgDMDIywRdgPW8-joxXc4}}]\n"
        "codes: [{code: one, user: alice, age: 1s, then: {delay: 3s}}]\n"
        "rules: [{on: token, for: 30s, then: {errcode: -1}}]\ntls: [{fault: cut, times: 1}]"
    )
    emulator = await start_emulator(scenario_inline=text)
    [app] = (await emulator.control("GET", "apps"))["apps"]
    assert app["ip_whitelist"] == ["10.0.0.0/8", "::1"]
    state = await emulator.control("GET", "state")
    await emulator.control("PUT", "state", state)
    assert await emulator.control("GET", "state") == state
