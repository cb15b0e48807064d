"""`freeze_secret`: 40243 for as long as it lasts; what the app holds stays good."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.support import APPID, OTHER_APPID, SECRET, Harness

BODY = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
FETCH = "/cgi-bin/token?" + urlencode(BODY)


async def fetch(emulator: Harness) -> int:
    return int((await emulator.get(FETCH)).get("errcode", 0))


async def test_tokens_and_logins_are_refused_until_it_is_over(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"freeze_secret": "10m"}, on="token", times=1)
    assert [await fetch(emulator) for _ in range(2)] == [40243] * 2
    assert (await emulator.post("/cgi-bin/stable_token", BODY))["errcode"] == 40243
    assert (await emulator.exchange("emu.alice"))["errcode"] == 40243
    await emulator.advance("9m59s")
    assert await fetch(emulator) == 40243
    await emulator.advance("1s")
    assert await fetch(emulator) == 0


async def test_a_code_is_not_spent_meanwhile(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"freeze_secret": True}, times=1)
    code = await emulator.login()
    assert (await emulator.exchange(code))["errcode"] == 40243
    await emulator.control("DELETE", f"sanctions/secret/{APPID}")
    assert "session_key" in await emulator.exchange(code)


async def test_the_token_that_is_there_and_other_apps_go_on(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.rule({"freeze_secret": True}, on="token", times=1)
    assert await fetch(emulator) == 40243
    assert await emulator.token_state(token) == 0
    assert await emulator.fetch_token(appid=OTHER_APPID)


async def test_stable_token_names_its_app_in_the_body(emulator: Harness) -> None:
    await emulator.rule({"freeze_secret": True}, on="stable_token", when={"appid": APPID}, times=1)
    assert (await emulator.post("/cgi-bin/stable_token", BODY))["errcode"] == 40243
    assert await fetch(emulator) == 40243


async def test_the_hint_says_when_it_ends(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"freeze_secret": "10m"}, on="token", times=1)
    await fetch(emulator)
    await emulator.advance("3m")
    await fetch(emulator)
    hint = (await emulator.latest())["hint"]
    assert (
        hint == f"the secret of {APPID} is frozen: it began 180 s ago and ends in 7m of world time"
    )


@pytest.mark.parametrize("query", ["", "?appid="])
async def test_without_an_app_nothing_is_frozen(emulator: Harness, query: str) -> None:
    await emulator.rule({"freeze_secret": True}, on="token", times=1)
    assert (await emulator.get(f"/cgi-bin/token{query}"))["errcode"] == 41002
    assert "freeze_secret found no app" in (await emulator.latest())["hint"]
