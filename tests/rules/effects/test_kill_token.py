"""`kill_token`: the token stays dead, a new one works."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.support import APPID, SECRET, Harness

USES = {"on": "/wxa/*", "times": 1}
CHECK = "/wxa/checksession?"


async def fetch_stable(emulator: Harness) -> str:
    body = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    return str((await emulator.post("/cgi-bin/stable_token", body))["access_token"])


async def test_a_blind_retry_meets_40001_again_and_a_new_token_works(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.rule({"kill_token": True}, **USES)
    assert [await emulator.token_state(token) for _ in range(3)] == [40001] * 3
    assert await emulator.token_state(await emulator.fetch_token()) == 0


async def test_the_apps_other_tokens_live_on(emulator: Harness) -> None:
    first, second = await emulator.fetch_token(), await emulator.fetch_token()
    await emulator.rule({"kill_token": True}, **USES)
    assert [await emulator.token_state(each) for each in (second, first)] == [40001, 0]


async def test_stable_token_does_not_hand_out_a_dead_token(emulator: Harness) -> None:
    token = await fetch_stable(emulator)
    await emulator.rule({"kill_token": True}, **USES)
    assert await emulator.token_state(token) == 40001
    fresh = await fetch_stable(emulator)
    assert fresh != token
    assert await emulator.token_state(fresh) == 0


async def test_the_hint_names_the_effect(emulator: Harness) -> None:
    await emulator.freeze()
    token = await emulator.fetch_token()
    await emulator.rule({"kill_token": True}, **USES)
    for _ in range(2):
        await emulator.token_state(token)
        assert "ended just now by the effect kill_token: fetch" in (await emulator.latest())["hint"]


@pytest.mark.parametrize("query", [{}, {"access_token": "made up"}])
async def test_without_a_token_the_hint_says_that_nothing_died(
    emulator: Harness, query: dict[str, str]
) -> None:
    await emulator.rule({"kill_token": True}, **USES)
    await emulator.get(CHECK + urlencode(query))
    assert "kill_token found no live access_token" in (await emulator.latest())["hint"]


async def test_a_reset_brings_nothing_back_and_a_snapshot_does(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.rule({"kill_token": True}, **USES)
    await emulator.token_state(token)
    state = await emulator.control("GET", "state")
    await emulator.control("POST", "reset")
    await emulator.control("PUT", "state", state)
    assert await emulator.token_state(token) == 40001
