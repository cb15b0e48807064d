"""Apps and users: declared, looked at, taken back."""

from __future__ import annotations

from tests.support import APPID, OTHER_APPID, SECRET, Harness

OPENID = "oFixedByTheTest-000000000000"


async def test_an_app_is_shown_with_its_secret_masked(emulator: Harness) -> None:
    app = {"secret": SECRET, "open_platform": "acme", "ip_whitelist": ["10.0.0.0/8"]}
    shown = await emulator.control("PUT", f"apps/{APPID}", app)
    assert shown["secret"] == "****cdef"
    assert (shown["open_platform"], shown["ip_whitelist"]) == ("acme", ["10.0.0.0/8"])
    assert await emulator.control("GET", f"apps/{APPID}") == shown
    assert (await emulator.control("GET", "apps"))["apps"] == [shown]


async def test_declaring_twice_is_declaring_once(emulator: Harness) -> None:
    for _ in range(2):
        await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
        await emulator.control("PUT", "users/alice", {"nickname": "小艾"})
    assert len((await emulator.control("GET", "apps"))["apps"]) == 1
    assert len((await emulator.control("GET", "users"))["users"]) == 1


async def test_any_app_passes_until_one_is_declared(emulator: Harness) -> None:
    assert (await emulator.exchange("x", appid=OTHER_APPID))["errcode"] == 40029
    await emulator.control("PUT", f"apps/{APPID}", {})
    assert (await emulator.exchange("x", appid=OTHER_APPID))["errcode"] == 40013
    await emulator.control("DELETE", f"apps/{APPID}")
    assert (await emulator.exchange("x", appid=OTHER_APPID))["errcode"] == 40029


async def test_what_is_made_on_the_spot_counts_as_undeclared(emulator: Harness) -> None:
    await emulator.exchange(await emulator.login())
    assert (await emulator.control("GET", f"apps/{APPID}"))["secret"] == ""
    assert (await emulator.control("GET", "apps"))["apps"] == []
    assert (await emulator.control("GET", "users"))["users"] == []


async def test_a_declared_app_without_a_secret_takes_any(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {})
    assert "openid" in await emulator.exchange(await emulator.login(), secret="whatever")


async def test_a_user_is_shown_with_the_openid_in_each_app(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    fixed = {"openids": {OTHER_APPID: OPENID}, "phone": "13800138000"}
    shown = await emulator.control("PUT", "users/alice", fixed)
    session = await emulator.exchange(await emulator.login())
    assert shown["openids"] == {OTHER_APPID: OPENID, APPID: session["openid"]}
    assert await emulator.control("GET", "users/alice") == shown


async def test_a_name_may_hold_anything_a_url_can(emulator: Harness) -> None:
    await emulator.control("PUT", "users/%E5%B0%8F%20%2F%3F", {})
    assert (await emulator.control("GET", "users"))["users"][0]["name"] == "小 /?"
    assert "openid" in await emulator.exchange(await emulator.login("小 /?"))
    assert await emulator.control("DELETE", "users/%E5%B0%8F%20%2F%3F") == {"deleted": "小 /?"}
