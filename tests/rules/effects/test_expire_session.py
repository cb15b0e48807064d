"""`expire_session`: 87007 from now on, until the user logs in again."""

from __future__ import annotations

from tests.rules.effects.test_log_in_elsewhere import check
from tests.support import APPID, Harness

PHONE = {"appid": APPID, "user": "alice"}


async def test_a_blind_retry_meets_87007_again_and_a_login_heals_it(emulator: Harness) -> None:
    session = await emulator.exchange("emu.alice")
    await emulator.rule({"expire_session": True}, on="checksession", times=1)
    assert [await check(emulator, session) for _ in range(2)] == [87007] * 2
    answer = await emulator.control("POST", "wx/checkSession", PHONE)
    assert answer == {"errMsg": "checkSession:fail session time out, need relogin"}
    assert await check(emulator, await emulator.exchange(await emulator.login())) == 0


async def test_without_a_session_the_hint_says_so(emulator: Harness) -> None:
    await emulator.exchange("emu.alice.expire_session")
    assert "expire_session found no session" in (await emulator.latest())["hint"]
