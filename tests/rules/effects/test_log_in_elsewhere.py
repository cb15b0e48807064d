"""`log_in_elsewhere`: another login of the user, so the key that was valid is dead."""

from __future__ import annotations

from typing import Any

from tests.rules.effects.test_session_keys import opens, sealed
from tests.support import Harness, signed


async def check(emulator: Harness, session: dict[str, Any]) -> int:
    target = signed("/wxa/checksession", await emulator.fetch_token(), session)
    return int((await emulator.get(target))["errcode"])


async def test_the_exchange_gives_a_key_that_is_dead(emulator: Harness) -> None:
    code = await emulator.login()
    before = await sealed(emulator)
    await emulator.rule({"log_in_elsewhere": True}, times=1)
    session = await emulator.exchange(code)
    assert opens(before, session["session_key"])
    assert not opens(await sealed(emulator), session["session_key"])
    assert [await check(emulator, session) for _ in range(2)] == [87009] * 2


async def test_a_new_login_heals_it(emulator: Harness) -> None:
    await emulator.exchange("emu.alice.log_in_elsewhere")
    session = await emulator.exchange(await emulator.login())
    assert await check(emulator, session) == 0
    assert opens(await sealed(emulator), session["session_key"])


async def test_a_signature_is_wrong_from_that_call_on(emulator: Harness) -> None:
    session = await emulator.exchange("emu.alice")
    await emulator.rule({"log_in_elsewhere": True}, on="checksession", when={"call": 2})
    assert [await check(emulator, session) for _ in range(3)] == [0, 87009, 87009]


async def test_it_kills_the_older_code_where_a_login_does(emulator: Harness) -> None:
    emulator.behave(login_kills_older_code=True)
    code = await emulator.login()
    session = await emulator.exchange("emu.alice")
    await emulator.rule({"log_in_elsewhere": True}, on="checksession", times=1)
    await check(emulator, session)
    assert (await emulator.exchange(code))["errcode"] == 40029


async def test_without_a_user_the_hint_says_that_nobody_logged_in(emulator: Harness) -> None:
    await emulator.rule({"log_in_elsewhere": True}, on="token")
    await emulator.fetch_token()
    assert "log_in_elsewhere found no app and user" in (await emulator.latest())["hint"]
