"""A login through the doors, as a browser goes: pages, forms, the poll and the QR code."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from emulator.core.duration import Duration
from tests.support import APPID, SECRET, Harness

BACK = "https://site.example/back"


def door(path: str = "qrconnect", scope: str = "snsapi_login", **changed: str) -> str:
    params = {"appid": APPID, "redirect_uri": BACK, "scope": scope, "state": "s"} | changed
    return f"/connect/{path}?{urlencode(params)}"


async def get(emulator: Harness, target: str, *, base: str = "", **headers: str) -> Any:
    url = (base or emulator.url) + target
    async with emulator.http.get(url, allow_redirects=False, headers=headers) as answer:
        return answer.status, dict(answer.headers), (await answer.read())


def fields(page: bytes) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.decode()))


async def press(
    emulator: Harness, page: bytes, *, base: str = "", origin: str = "", **chosen: str
) -> Any:
    url = f"{base or emulator.url}/connect/confirm"
    data, headers = fields(page) | chosen, {"Origin": origin} if origin else {}
    async with emulator.http.post(url, data=data, allow_redirects=False, headers=headers) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def poll(emulator: Harness, page: bytes, **more: str) -> dict[str, Any]:
    query = urlencode({"uuid": fields(page)["uuid"], "f": "json"} | more)
    return await emulator.get(f"/connect/l/qrconnect?{query}")


async def exchange(emulator: Harness, location: str, *, world: str = "default") -> Any:
    code = parse_qs(urlsplit(location).query)["code"][0]
    params = {"appid": APPID, "secret": SECRET, "grant_type": "authorization_code", "code": code}
    return await emulator.get("/sns/oauth2/access_token?" + urlencode(params), world=world)


@pytest.mark.parametrize("world", ["default", "shop"])
async def test_a_press_on_alice_logs_her_in(emulator: Harness, world: str) -> None:
    base = emulator.base(world)
    _, headers, page = await get(emulator, door(), base=base)
    assert "X-Frame-Options" not in headers
    assert "frame-ancestors" not in headers["Content-Security-Policy"]
    assert "Referrer-Policy" not in headers
    status, location, _ = await press(emulator, page, base=base, user="alice", origin=emulator.url)
    assert status == 302
    assert (await exchange(emulator, location, world=world))["scope"] == "snsapi_login"
    calls = await emulator.control("GET", "requests?user=alice", world=world)
    seen = [each["endpoint"] for each in calls["requests"]]
    assert seen == ["confirm", "oauth2_access_token"]


async def test_a_snapshot_user_of_the_page_is_one(emulator: Harness) -> None:
    _, _, page = await get(emulator, door("oauth2/authorize", "snsapi_userinfo"))
    _, location, _ = await press(emulator, page, act="snapshot")
    assert (await exchange(emulator, location))["is_snapshotuser"] == 1


@pytest.mark.parametrize("switch", [{"oauth_snapshot": True}, {}])
async def test_a_snapshot_can_be_forced(emulator: Harness, switch: dict[str, Any]) -> None:
    emulator.behave(**switch)
    force = {} if switch else {"forceSnapShot": "true"}
    link = door("oauth2/authorize", "snsapi_userinfo", emu_user="alice", **force)
    _, headers, _ = await get(emulator, link)
    assert (await exchange(emulator, headers["Location"]))["is_snapshotuser"] == 1


async def test_the_page_hears_step_by_step_what_the_phone_does(emulator: Harness) -> None:
    _, _, page = await get(emulator, door())
    waiting = asyncio.ensure_future(poll(emulator, page))
    await emulator.control("GET", "requests/wait?endpoint=qrconnect_poll&state=waiting&timeout=5s")
    _, _, phone = await get(emulator, f"/connect/confirm?uuid={fields(page)['uuid']}")
    assert await waiting == {"wx_errcode": 404, "wx_code": ""}
    emulator.behave(qr_hold=Duration(0))
    assert (await poll(emulator, page, last="404"))["wx_errcode"] == 408
    status, location, shown = await press(emulator, phone, user="alice", where="phone")
    assert (status, location) == (200, "")
    assert "登录成功" in shown
    told = await poll(emulator, page, last="404")
    assert told["wx_errcode"] == 405
    assert len(told["wx_code"]) == 32
    assert "openid" in await exchange(emulator, f"{BACK}?code={told['wx_code']}")


async def test_a_poll_with_no_news_is_held_back_and_then_408(emulator: Harness) -> None:
    emulator.behave(qr_hold=Duration(0.01))
    _, _, page = await get(emulator, door())
    _, headers, body = await get(emulator, f"/connect/l/qrconnect?uuid={fields(page)['uuid']}")
    assert body == b"window.wx_errcode=408;window.wx_code='';"
    assert headers["Content-Type"] == "text/plain"


async def test_the_poll_tells_of_a_cancelled_and_of_an_ended_page(emulator: Harness) -> None:
    emulator.behave(qr_hold=Duration(0))
    _, _, page = await get(emulator, door())
    status, location, text = await press(emulator, page, act="cancel")
    assert (status, location) == (200, "")
    assert "您已取消此次登录" in text
    assert (await poll(emulator, page))["wx_errcode"] == 403
    await emulator.advance("300s")
    assert (await poll(emulator, page))["wx_errcode"] == 402
    assert (await emulator.get("/connect/l/qrconnect?f=json&uuid=x"))["wx_errcode"] == 402
    _, _, other = await get(emulator, door())
    assert "二维码已过期" in (await press(emulator, other, act="expire"))[2]
    assert (await poll(emulator, other))["wx_errcode"] == 402


async def test_the_poll_may_tell_where_to_go(emulator: Harness) -> None:
    _, _, page = await get(emulator, door(redirect_uri="https://h/'x#/r"))
    await press(emulator, page, user="alice", where="phone")
    _, _, body = await get(emulator, f"/connect/l/qrconnect?f=url&uuid={fields(page)['uuid']}")
    assert re.fullmatch(
        rb"window\.wx_errcode=405;window\.wx_code='(\w{32})';"
        rb"window\.wx_redirecturl='https://h/%27x#/r\?code=\1&state=s';",
        body,
    )


async def test_the_qr_code_is_a_picture(emulator: Harness) -> None:
    _, _, page = await get(emulator, door())
    status, headers, body = await get(emulator, f"/connect/qrcode/{fields(page)['uuid']}")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert body.startswith(b"\x89PNG\r\n")
    assert (await get(emulator, "/connect/qrcode/nobody"))[0] == 404


async def test_a_form_of_another_site_chooses_nothing(emulator: Harness) -> None:
    _, _, page = await get(emulator, door())
    _, location, text = await press(emulator, page, user="alice", origin="http://evil.example")
    assert location == ""
    assert "请求来源错误" in text


async def test_a_form_works_once_over_http_too(emulator: Harness) -> None:
    _, _, page = await get(emulator, door())
    await press(emulator, page, user="alice")
    status, location, text = await press(emulator, page, user="alice")
    assert (status, location) == (200, "")
    assert "页面已过期" in text


async def test_nobody_is_asked_where_an_app_says_who_agrees(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"oauth": {"approve": "bob"}})
    status, headers, _ = await get(emulator, door())
    assert status == 302
    assert (await emulator.latest())["user"] == "bob"
    assert headers["Location"].startswith(f"{BACK}?code=")


async def test_rules_act_on_the_doors(emulator: Harness) -> None:
    await emulator.rule({"status": 502}, on="qrconnect")
    assert (await get(emulator, door()))[0] == 502
    assert (await get(emulator, door("oauth2/authorize", "snsapi_base")))[0] == 302


async def test_a_page_survives_a_snapshot_of_the_world(emulator: Harness) -> None:
    _, _, page = await get(emulator, door())
    taken = await emulator.control("GET", "state")
    await emulator.control("POST", "reset")
    assert "页面已过期" in (await press(emulator, page, user="alice"))[2]
    await emulator.control("PUT", "state", taken)
    assert (await press(emulator, page, user="alice"))[0] == 302
