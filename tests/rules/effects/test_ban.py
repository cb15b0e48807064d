"""`ban`: a user at 40226, an app at 50004 and 50002."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.support import APPID, OTHER_APPID, SECRET, Harness, signed


async def errcode(emulator: Harness, code: str, **changed: str) -> int:
    return int((await emulator.exchange(code, **changed)).get("errcode", 0))


async def test_a_banned_user_stays_banned_in_every_app(emulator: Harness) -> None:
    await emulator.rule({"ban": True}, when={"user": "mallory"}, times=1)
    assert [await errcode(emulator, "emu.mallory") for _ in range(2)] == [40226] * 2
    assert (await emulator.latest())["rules"] == ["world_state"]
    assert await errcode(emulator, "emu.mallory", appid=OTHER_APPID) == 40226
    assert await errcode(emulator, "emu.alice") == 0


async def test_a_ban_ends_and_leaves_nothing_behind(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"ban": {"who": "user", "for": "1h"}}, times=1)
    assert await errcode(emulator, "emu.alice") == 40226
    await emulator.advance("1h")
    assert await errcode(emulator, "emu.alice") == 0
    await emulator.advance("2s")
    await emulator.forget_ended()
    assert (await emulator.control("GET", "state"))["entities"]["Sanction"] == []


async def test_a_code_by_a_platform_is_refused_too(emulator: Harness) -> None:
    query = {
        "appid": APPID,
        "js_code": "emu.mallory.ban",
        "grant_type": "authorization_code",
        "component_appid": OTHER_APPID,
        "component_access_token": "any",
    }
    target = "/sns/component/jscode2session?" + urlencode(query)
    assert (await emulator.get(target))["errcode"] == 40226


async def test_a_user_is_known_by_the_openid(emulator: Harness) -> None:
    session = await emulator.exchange("emu.alice")
    await emulator.rule({"ban": "user"}, on="checksession", times=1)
    await emulator.get(signed("/wxa/checksession", await emulator.fetch_token(), session))
    assert await errcode(emulator, "emu.alice") == 40226


async def test_a_user_is_known_by_the_openid_in_a_body(emulator: Harness) -> None:
    openid = (await emulator.exchange("emu.alice"))["openid"]
    token = await emulator.fetch_token()
    await emulator.rule({"ban": "user"}, on="msg_sec_check", times=1)
    body = {"content": "x", "version": 2, "scene": 1, "openid": openid}
    await emulator.post(f"/wxa/msg_sec_check?access_token={token}", body)
    assert await errcode(emulator, "emu.alice") == 40226


async def test_a_banned_app_gets_no_token_and_its_own_is_of_no_use(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.rule({"ban": "app"}, on="checksession", times=1)
    assert [await emulator.token_state(token) for _ in range(2)] == [50002] * 2
    query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    assert (await emulator.get("/cgi-bin/token?" + urlencode(query)))["errcode"] == 50004
    assert (await emulator.post("/cgi-bin/stable_token", query))["errcode"] == 50004
    assert await errcode(emulator, "emu.alice") == 0


async def test_without_a_user_the_hint_says_that_nobody_is_banned(emulator: Harness) -> None:
    await emulator.rule({"ban": "user"}, on="token", times=1)
    await emulator.fetch_token()
    assert "ban found no user in the call" in (await emulator.latest())["hint"]
