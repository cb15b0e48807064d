"""Frozen secrets, banned apps and users, by the control API."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.support import APPID, NOON, SECRET, Harness

FETCH = "/cgi-bin/token?" + urlencode(
    {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
)


@pytest.mark.parametrize(
    ("against", "body", "name", "errcode"),
    [("secret", {"appid": APPID}, APPID, 40243), ("app", {"appid": APPID}, APPID, 50004)],
)
async def test_an_app_gets_no_token_until_it_is_lifted(
    emulator: Harness, against: str, body: dict[str, str], name: str, errcode: int
) -> None:
    await emulator.control("POST", f"sanctions/{against}", body)
    assert [(await emulator.get(FETCH))["errcode"] for _ in range(2)] == [errcode] * 2
    route = f"sanctions/{against}/{name}"
    assert await emulator.control("DELETE", route) == {"deleted": f"{against}/{name}"}
    assert "access_token" in await emulator.get(FETCH)


async def test_a_banned_user_cannot_log_in(emulator: Harness) -> None:
    await emulator.control("POST", "sanctions/user", {"user": "mallory", "for": "1h"})
    assert (await emulator.exchange("emu.mallory"))["errcode"] == 40226
    assert "openid" in await emulator.exchange("emu.alice")


async def test_the_list_says_until_when(emulator: Harness) -> None:
    await emulator.freeze(NOON)
    await emulator.control("POST", "sanctions/user", {"user": "mallory", "for": "1h"})
    shown = {
        "against": "user",
        "name": "mallory",
        "since": "2026-01-01T04:00:00.000Z",
        "until": "2026-01-01T05:00:00.000Z",
    }
    assert (await emulator.control("GET", "sanctions"))["sanctions"] == [shown]
    await emulator.advance("1h")
    assert (await emulator.control("GET", "sanctions"))["sanctions"] == []


async def test_a_second_one_only_lengthens_the_first(emulator: Harness) -> None:
    await emulator.freeze(NOON)
    for lasts in ("2h", "1h"):
        await emulator.control("POST", "sanctions/user", {"user": "mallory", "for": lasts})
    (shown,) = (await emulator.control("GET", "sanctions"))["sanctions"]
    assert shown["until"] == "2026-01-01T06:00:00.000Z"


async def test_one_past_the_calendar_lasts_to_its_end(emulator: Harness) -> None:
    await emulator.freeze("9998-12-01T00:00:00Z")
    shown = await emulator.control("POST", "sanctions/user", {"user": "mallory", "for": 1e11})
    assert shown["until"].startswith("9998-12-31T")


async def test_a_reset_lifts_all(emulator: Harness) -> None:
    await emulator.control("POST", "sanctions/user", {"user": "mallory"})
    await emulator.control("POST", "reset")
    assert (await emulator.control("GET", "sanctions"))["sanctions"] == []


async def test_what_is_not_there_is_404_with_the_nearest(emulator: Harness) -> None:
    await emulator.control("POST", "sanctions/user", {"user": "mallory"})
    status, problem = await emulator.call_control("DELETE", "sanctions/user/malory")
    assert status == 404
    assert "no sanction user/malory; did you mean 'user/mallory'?" in problem["detail"]


async def test_a_sanction_of_a_snapshot_has_times_of_the_calendar(emulator: Harness) -> None:
    await emulator.control("POST", "sanctions/user", {"user": "mallory"})
    state = await emulator.control("GET", "state")
    state["entities"]["Sanction"][0]["since"] = 1e300
    status, problem = await emulator.call_control("PUT", "state", state)
    assert (status, problem["errors"][0]["pointer"]) == (422, "/entities/Sanction/0/since")
