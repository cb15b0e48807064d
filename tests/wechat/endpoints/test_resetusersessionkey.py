"""`GET /wxa/resetusersessionkey` on a frozen clock."""

from __future__ import annotations

from tests.support import Harness, signed

PATH = "/wxa/resetusersessionkey"


async def test_the_new_key_is_good_and_the_old_one_dead(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    session = await emulator.exchange(await emulator.login())
    answer = await emulator.get(signed(PATH, token, session))
    assert list(answer) == ["errcode", "errmsg", "openid", "session_key"]
    assert answer["openid"] == session["openid"]
    assert answer["session_key"] != session["session_key"]
    check = "/wxa/checksession"
    assert (await emulator.get(signed(check, token, answer)))["errcode"] == 0
    assert (await emulator.get(signed(check, token, session)))["errcode"] == 87009


async def test_the_new_key_ends_when_the_old_one_would_have(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    await emulator.advance("2d")
    session = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    await emulator.advance("1d")
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    assert answer["errcode"] == 87007


async def test_a_stale_key_is_87009(emulator: Harness) -> None:
    old = await emulator.exchange(await emulator.login())
    await emulator.exchange(await emulator.login())
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), old))
    assert answer["errmsg"].startswith("invalid signature rid: ")
