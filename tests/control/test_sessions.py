"""Sessions that change behind the backend's back, by the control API."""

from __future__ import annotations

import pytest

from tests.rules.effects.test_log_in_elsewhere import check
from tests.rules.effects.test_session_keys import opens, sealed
from tests.support import APPID, Harness

ALICE = {"appid": APPID, "user": "alice"}


async def test_a_rotated_key_is_the_phones_and_the_old_one_is_dead(emulator: Harness) -> None:
    held = await emulator.exchange("emu.alice")
    shown = await emulator.control("POST", "sessions/rotate", ALICE)
    assert shown == ALICE | {"openid": held["openid"], "session_key": shown["session_key"]}
    assert await check(emulator, held) == 87009
    assert opens(await sealed(emulator), shown["session_key"])


async def test_a_code_that_waits_shows_the_key_that_was_rotated_away(emulator: Harness) -> None:
    code = await emulator.login()
    new = (await emulator.control("POST", "sessions/rotate", ALICE))["session_key"]
    assert (await emulator.exchange(code))["session_key"] != new


async def test_an_expired_session_is_87007_until_a_login(emulator: Harness) -> None:
    held = await emulator.exchange("emu.alice")
    shown = await emulator.control("POST", "sessions/expire", ALICE)
    assert shown == ALICE | {"openid": held["openid"]}
    assert await check(emulator, held) == 87007
    assert await check(emulator, await emulator.exchange(await emulator.login())) == 0


@pytest.mark.parametrize("route", ["sessions/rotate", "sessions/expire"])
async def test_without_a_session_it_says_to_log_in(emulator: Harness, route: str) -> None:
    status, problem = await emulator.call_control("POST", route, ALICE)
    assert status == 404
    assert problem["detail"] == (
        f"alice has no valid session in {APPID}: log in first (POST wx/login)"
    )
