"""A world's state, taken and put back; a bad document changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support import APPID, SECRET, Harness, StartEmulator


async def lived_in(emulator: Harness) -> tuple[dict[str, Any], str]:
    """A frozen world with an app, two users, a session, a token and bob's code that waits."""
    await emulator.freeze()
    app = {"secret": SECRET, "ip_whitelist": ["127.0.0.0/8"], "open_platform": "acme"}
    await emulator.control("PUT", f"apps/{APPID}", app)
    for user in ("alice", "bob"):
        await emulator.control("PUT", f"users/{user}", {"phone": "13800138000"})
    session = await emulator.exchange(await emulator.login())
    params = f"grant_type=client_credential&appid={APPID}&secret={SECRET}"
    await emulator.get(f"/cgi-bin/token?{params}")
    return session, await emulator.login("bob")


async def test_a_snapshot_brings_everything_back(emulator: Harness) -> None:
    await lived_in(emulator)
    taken = await emulator.control("GET", "state")
    await emulator.control("POST", "reset")
    assert await emulator.control("PUT", "state", taken) == {"restored": "default"}
    assert await emulator.control("GET", "state") == taken


async def test_a_snapshot_moves_to_another_emulator(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator()
    session, code = await lived_in(emulator)
    taken = await emulator.control("GET", "state")
    other = await start_emulator()
    await other.control("PUT", "state", taken)
    alices, bobs = (await other.control("GET", "sessions"))["sessions"]
    assert alices | session == alices | {"unionid": session["unionid"]}
    assert (await other.exchange(code))["session_key"] == bobs["session_key"]
    again = await other.exchange(await other.login())
    assert again["openid"] == session["openid"]
    assert again["session_key"] != session["session_key"]


async def test_a_snapshot_names_all_that_counts_as_ever(emulator: Harness) -> None:
    """Or a world from an older release's snapshot would hand out the same codes and keys again."""
    await lived_in(emulator)
    for api in ("getPhoneNumber", "pluginLogin"):
        await emulator.control("POST", f"wx/{api}", {"appid": APPID})
    asked = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    for force in (False, True):
        await emulator.post("/cgi-bin/stable_token", asked | {"force_refresh": force})
    taken = await emulator.control("GET", "state")
    assert taken["counters"] == {
        "code": 2, "phone code": 1, "plugin code": 1, "session_key": 2, "iv": 1,
        "token": 1, "stable_token": 2,
    }  # fmt: skip
    assert {each["kind"] for each in taken["entities"]["LatestToken"]} == {"token", "stable_token"}
    assert {each["name"] for each in taken["entities"]["Tally"]} == {
        f"token {APPID} day", f"stable_token {APPID} minute", f"stable_token {APPID} day",
        f"forced refresh {APPID}",
    }  # fmt: skip


async def test_a_snapshot_brings_rules_back(emulator: Harness) -> None:
    await emulator.control("POST", "rules", {"on": "*", "then": {"errcode": -1}})
    taken = await emulator.control("GET", "state")
    await emulator.control("DELETE", "rules")
    await emulator.control("PUT", "state", taken)
    assert (await emulator.exchange("x"))["errcode"] == -1


async def test_a_snapshot_carries_its_time_and_seed(emulator: Harness) -> None:
    await lived_in(emulator)
    taken = await emulator.control("GET", "state") | {"seed": 7}
    await emulator.control("PUT", "state", taken, world="other")
    clocks = [await emulator.control("GET", "clock", world=name) for name in ("default", "other")]
    assert clocks[0] == clocks[1]
    assert emulator.world("other").ids.seed == 7


def changed(**parts: Any) -> Any:
    return lambda state: state | parts


def with_entities(**kinds: Any) -> Any:
    return lambda state: state | {"entities": state["entities"] | kinds}


CODE = {"code": "x", "appid": APPID, "user": "a", "issued_at": 0.0}
ENDLESS = {"expires_at": 1e308, "issued_at": -1e308}
KEY = {"appid": APPID, "user": "a", "openid": "o", "session_key": "AAAAAAAAAAAAAAAAAAAAAA=="}
SESSION = KEY | {"opened_at": 1e300, "renewed_at": 0.0}
RULE = {"id": "r1", "number": 0, "since": 0.0}
BAD: list[tuple[Any, str]] = [
    (lambda state: {}, "the key 'version'"),
    (changed(version=2), "version: expected 1, got 2"),
    (changed(seed="0"), "seed: expected a whole number"),
    (changed(counters={"code": -1}), "counters.code: expected a whole number of at least 0"),
    (changed(counters=[]), "counters: expected a mapping"),
    (changed(more=1), "the unknown key 'more'"),
    (with_entities(Cod=[]), "entities.Cod: expected one of App, User, Code, "),
    (with_entities(Code=[{}]), "entities.Code[0]: expected the key 'code'"),
    (with_entities(Code=[CODE | {"issued_at": "now"}]), "entities.Code[0].issued_at"),
    (
        with_entities(Code=[CODE | {"expires_at": 1e308, "issued_at": -1e308}]),
        "entities.Code[0]: expected an end that a clock can show, got inf",
    ),
    (
        with_entities(Code=[CODE | {"then": "AAAA"}]),
        "entities.Code[0].then: expected effects as JSON, in base64",
    ),
    (
        with_entities(Session=[SESSION]),
        "entities.Session[0].opened_at: expected a time in the years",
    ),
    (
        with_entities(Session=[KEY | {"session_key": "AAAA", "opened_at": 0.0, "renewed_at": 0.0}]),
        "entities.Session[0].session_key: expected 16 bytes in base64",
    ),
    (
        with_entities(Code=[CODE | {"session_key": "AAAA"}]),
        "entities.Code[0].session_key: expected 16 bytes in base64",
    ),
    (
        with_entities(LastLogin=[{"user": "a", "appid": "", "unclaimed": SESSION}]),
        "entities.LastLogin[0].unclaimed.opened_at: expected a time in the years",
    ),
    (
        with_entities(ClockSetting=[{"frozen_at": 1e300}]),
        "entities.ClockSetting[0].frozen_at: expected a time",
    ),
    (
        with_entities(ClockSetting=[{"offset": -1e300}]),
        "entities.ClockSetting[0].offset: expected a time",
    ),
    (
        with_entities(StoredRule=[RULE | {"rule": "{}"}]),
        "entities.StoredRule[0].rule: expected the key 'on'",
    ),
    (
        with_entities(StoredRule=[RULE | {"rule": "?"}]),
        "entities.StoredRule[0].rule: expected a rule as JSON",
    ),
    (
        with_entities(App=[{"appid": APPID, "ip_whitelist": ["x"]}]),
        "entities.App[0].ip_whitelist[0]: expected an address",
    ),
]


@pytest.mark.parametrize(("spoil", "says"), BAD)
async def test_a_bad_snapshot_is_refused_whole(emulator: Harness, spoil: Any, says: str) -> None:
    await lived_in(emulator)
    before = await emulator.control("GET", "state")
    status, problem = await emulator.call_control("PUT", "state", spoil(before))
    assert status == 422
    assert says in problem["detail"]
    assert await emulator.control("GET", "state") == before


async def test_a_snapshots_time_lets_a_delay_go_that_ends_before_it(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.advance("1h")
    later = await emulator.control("GET", "state")
    await emulator.freeze()
    await emulator.rule({"delay": "1h"})
    call = asyncio.create_task(emulator.exchange("emu.alice"))
    while not await emulator.acted():
        pass
    await emulator.control("PUT", "state", later)
    async with asyncio.timeout(5):
        assert "openid" in await call


EVERYTHING = """
version: 1
clock: {at: 2026-01-01T12:00:00+08:00, frozen: true}
apps:
  - appid: wx0123456789abcdef
    secret: 0123456789abcdef0123456789abcdef
    ip_whitelist: [10.0.0.0/8]
    platforms: {wx0123456789abcdee: token}
    open_platform: acme
users:
  - name: alice
    phone: "13800138000"
    openids: {wx0123456789abcdef: o111111111111111111111111111}
    unionid: o111111111111111111111111112
    payments: [{transaction_id: x, at: 2026-01-01T12:00:00+08:00}]
codes: [{code: known, user: alice, age: 5s, expires_in: 10s}]
rules: [{on: token, then: {errcode: -1}, for: 5s}]
"""


async def test_a_scenario_with_everything_goes_into_a_snapshot(
    start_emulator: StartEmulator,
) -> None:
    """Its values have types of their own, of which JSON knows nothing."""
    emulator = await start_emulator(scenario_inline=EVERYTHING)
    state = await emulator.control("GET", "state")
    await emulator.control("PUT", "state", state)
    assert await emulator.control("GET", "state") == state
