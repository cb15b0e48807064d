"""`GET /sns/component/jscode2session` on a frozen clock."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from emulator.world.behaviour import Quota, Quotas
from tests.support import APPID, NOON_RID, OTHER_APPID, Harness, request

PLATFORM = "wx00000000c0770e47"
GOOD = {
    "appid": APPID,
    "grant_type": "authorization_code",
    "component_appid": PLATFORM,
    "component_access_token": "89_platform",
}


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    await emulator.control("PUT", f"apps/{APPID}", {"open_platform": "acme"})
    await emulator.control("PUT", f"apps/{OTHER_APPID}", {})
    return emulator


async def exchange(emulator: Harness, code: str | None, **changed: str | None) -> Any:
    return await emulator.get(target(code, **changed))


def target(code: str | None, **changed: str | None) -> str:
    params = GOOD | {"js_code": code} | changed
    kept = {name: value for name, value in params.items() if value is not None}
    return "/sns/component/jscode2session?" + urlencode(kept)


async def test_a_login_on_behalf_of_an_app_byte_for_byte(emulator: Harness) -> None:
    response = await emulator.send(request(target(await emulator.login())))
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"Content-Type: text/plain\r\n" in head
    key, openid, unionid = body.decode().strip("{}").split(",")
    assert [each.partition(":")[0] for each in (key, openid, unionid)] == [
        '"session_key"', '"openid"', '"unionid"',
    ]  # fmt: skip


async def test_the_user_is_the_same_as_with_the_secret(emulator: Harness) -> None:
    there = await exchange(emulator, await emulator.login())
    here = await emulator.exchange(await emulator.login())
    assert (there["openid"], there["unionid"]) == (here["openid"], here["unionid"])


async def test_a_code_works_once(emulator: Harness) -> None:
    code = await emulator.login()
    await exchange(emulator, code)
    assert (await exchange(emulator, code))["errcode"] == 40163


@pytest.mark.parametrize(
    ("changed", "errcode", "text"),
    [
        ({"appid": None}, 41002, "appid missing"),
        ({"appid": "wx" + "9" * 16}, 40013, "invalid appid"),
        ({"component_appid": None}, 41002, "appid missing"),
        ({"js_code": None}, 41008, "missing code"),
        ({"js_code": "x"}, 40029, "invalid code"),
        ({"appid": OTHER_APPID}, 40029, "invalid code"),
        ({"grant_type": "client_credential"}, 40002, "invalid grant_type"),
    ],
)
async def test_errors(emulator: Harness, changed: Any, errcode: int, text: str) -> None:
    answer = await exchange(emulator, await emulator.login(), **changed)
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text}, rid: {NOON_RID}-")


@pytest.mark.parametrize(
    ("token", "errcode", "text"),
    [
        (
            "89_expired",
            40001,
            "invalid credential, access_token is invalid or not latest, could get access_token "
            "by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
        ),
        (None, 41001, "access_token missing"),
    ],
)
async def test_the_platforms_token_is_refused_in_the_words_of_cgi_bin(
    emulator: Harness, token: str | None, errcode: int, text: str
) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"platforms": {PLATFORM: "89_own"}})
    answer = await exchange(emulator, await emulator.login(), component_access_token=token)
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text} rid: {NOON_RID}-")


async def test_a_scripted_token_error_has_the_same_words(emulator: Harness) -> None:
    rule = {"on": "component_jscode2session", "then": {"errcode": 42001}}
    await emulator.control("POST", "rules", rule)
    answer = await exchange(emulator, await emulator.login())
    assert answer["errmsg"].startswith(f"access_token expired rid: {NOON_RID}-")


async def test_declared_platforms_alone_may_log_in(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"platforms": {PLATFORM: "89_own"}})
    answer = await exchange(emulator, await emulator.login(), component_appid=OTHER_APPID)
    assert answer["errmsg"].startswith("component is not authorized by this account, rid: ")
    code = await emulator.login()
    assert "openid" in await exchange(emulator, code, component_access_token="89_own")


async def test_the_plain_url_by_mistake_is_41004(emulator: Harness) -> None:
    plain = target(await emulator.login()).replace("/component", "")
    assert (await emulator.get(plain))["errcode"] == 41004


async def test_its_quota_is_its_own_and_a_scripted_call_counts_once(emulator: Harness) -> None:
    emulator.behave(quotas=Quotas(sns=Quota(day=2)))
    for _ in range(2):
        assert "openid" in await emulator.exchange("emu.alice", secret="x")
    answers = [await exchange(emulator, "emu.alice.delay-0s") for _ in range(3)]
    assert [answer.get("errcode") for answer in answers] == [None, None, 45009]
