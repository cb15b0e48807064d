"""wx.login, wx.checkSession and codes by the thousand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec import json

from emulator.control import PREFIX
from emulator.core.duration import Duration
from tests.support import APPID, OTHER_APPID, SECRET, Harness


async def test_a_login_answers_what_the_success_callback_gets(emulator: Harness) -> None:
    answer = await emulator.control("POST", "wx/login", {})
    assert list(answer) == ["code", "errMsg"]
    assert re.fullmatch("0[0-9A-Za-z]{31}", answer["code"])
    assert answer["errMsg"] == "login:ok"


async def test_a_login_without_an_appid_is_the_first_declared_apps(emulator: Harness) -> None:
    for appid in (OTHER_APPID, APPID):
        await emulator.control("PUT", f"apps/{appid}", {"secret": SECRET})
    code = (await emulator.control("POST", "wx/login", {}))["code"]
    assert "openid" in await emulator.exchange(code, appid=OTHER_APPID)


@pytest.mark.parametrize("appid", [APPID, OTHER_APPID])
async def test_while_no_app_is_declared_a_code_is_for_whoever_exchanges_it(
    emulator: Harness, appid: str
) -> None:
    code = (await emulator.control("POST", "wx/login", {}))["code"]
    assert "openid" in await emulator.exchange(code, appid=appid)
    assert (await emulator.exchange(code, appid=APPID))["errcode"] == 40163


async def test_a_code_of_a_named_app_is_for_that_app_alone(emulator: Harness) -> None:
    code = (await emulator.control("POST", "wx/login", {"appid": APPID}))["code"]
    assert (await emulator.exchange(code, appid=OTHER_APPID))["errcode"] == 40029


async def test_a_phone_call_without_an_appid_is_about_the_last_login(emulator: Harness) -> None:
    for appid in (APPID, OTHER_APPID):
        await emulator.advance("1s")
        code = (await emulator.control("POST", "wx/login", {}))["code"]
        await emulator.exchange(code, appid=appid)
    assert await app_of_the_phone(emulator) == OTHER_APPID


async def test_that_is_the_users_own_last_login_with_a_new_key_or_not(emulator: Harness) -> None:
    emulator.behave(session_key_refresh=Duration(60))
    for login in (f"alice {APPID}", f"alice {OTHER_APPID}", f"alice {APPID}", f"bob {OTHER_APPID}"):
        await emulator.advance("1s")
        user, appid = login.split()
        await emulator.exchange(await emulator.login(user, appid=appid), appid=appid)
    assert await app_of_the_phone(emulator) == APPID


async def app_of_the_phone(emulator: Harness) -> str:
    """Which app the phone's data are for where none is named."""
    phone = await emulator.control("POST", "wx/getPhoneNumber", {})
    asked = {"encryptedData": phone["encryptedData"], "iv": phone["iv"]}
    return str((await emulator.control("POST", "decrypt", asked))["data"]["watermark"]["appid"])


AGES: list[tuple[dict[str, Any], int | None]] = [
    ({"age": "4m59s"}, None),
    ({"age": "5m"}, 40029),
    ({"age": 301}, 40029),
    ({"expires_in": "1s"}, None),
    ({"expires_in": 0}, 40029),
    ({"expires_in": "1h", "age": "30m"}, None),
    ({"expires_in": "1h", "age": "61m"}, 40029),
]


@pytest.mark.parametrize(("fields", "errcode"), AGES)
async def test_a_code_of_its_own_age(
    emulator: Harness, fields: dict[str, Any], errcode: int | None
) -> None:
    await emulator.freeze()
    assert (await emulator.exchange(await emulator.login(**fields))).get("errcode") == errcode


async def test_a_code_may_have_a_text_of_ones_own(emulator: Harness) -> None:
    assert await emulator.login(code="my-code") == "my-code"
    assert "openid" in await emulator.exchange("my-code")


@pytest.mark.parametrize("text", ["emu.alice", "a b", "x" * 129, "小艾"])
async def test_a_text_no_code_could_have_is_422(emulator: Harness, text: str) -> None:
    status, _ = await emulator.call_control("POST", "wx/login", {"code": text})
    assert status == 422


async def test_a_text_that_waits_already_is_409(emulator: Harness) -> None:
    await emulator.login(code="x")
    status, problem = await emulator.call_control("POST", "wx/login", {"code": "x"})
    assert (status, problem["title"]) == (409, "Code taken")
    assert "for 'alice' in wx0123456789abcdef" in problem["detail"]


async def test_a_used_or_ended_text_can_be_minted_again(emulator: Harness) -> None:
    await emulator.login(code="x", age="1h")
    for _ in range(2):
        await emulator.login(code="x")
        assert "openid" in await emulator.exchange("x")


async def test_a_text_is_free_from_the_very_end_of_its_code(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.login(code="x", expires_in="10s")
    await emulator.advance("10s")
    await emulator.login(code="x")
    assert "openid" in await emulator.exchange("x")


async def test_check_session(emulator: Harness) -> None:
    who = {"appid": APPID, "user": "alice"}
    for expected in ("checkSession:fail session time out, need relogin", "checkSession:ok"):
        answer = await emulator.control("POST", "wx/checkSession", who)
        assert answer["errMsg"] == expected
        await emulator.exchange(await emulator.login())
    await emulator.advance("3d")
    answer = await emulator.control("POST", "wx/checkSession", who)
    assert answer["errMsg"].startswith("checkSession:fail")


async def test_sessions_are_what_the_backend_should_have_stored(emulator: Harness) -> None:
    for user in ("alice", "bob"):
        session = await emulator.exchange(await emulator.login(user))
    (found,) = (await emulator.control("GET", f"sessions?user=bob&appid={APPID}"))["sessions"]
    assert found | session == found
    assert len((await emulator.control("GET", "sessions"))["sessions"]) == 2
    assert (await emulator.control("GET", "sessions?user=carol"))["sessions"] == []


async def mint(emulator: Harness, **body: Any) -> list[dict[str, str]]:
    url = f"{emulator.url}{PREFIX}codes"
    async with emulator.http.post(url, json={"appid": APPID} | body) as response:
        assert response.content_type == "application/x-ndjson"
        return [json.decode(line) for line in (await response.read()).splitlines()]


@pytest.mark.parametrize("count", [1, 500, 1001])
async def test_codes_come_in_exactly_as_many_lines(emulator: Harness, count: int) -> None:
    lines = await mint(emulator, count=count)
    assert len({line["code"] for line in lines}) == len(lines) == count
    assert "openid" in await emulator.exchange(lines[-1]["code"])


async def test_codes_are_dealt_to_the_users_in_turn(emulator: Harness) -> None:
    users = ["a", 'quote"', "小艾"]
    lines = await mint(emulator, users=users, count=1200)
    assert [line["user"] for line in lines] == users * 400


async def test_single_and_bulk_codes_of_any_kind_never_meet(emulator: Harness) -> None:
    codes, kinds = [], {"phone": "getPhoneNumber", "plugin": "pluginLogin", "login": "login"}
    for kind, api in kinds.items():
        codes += [line["code"] for line in await mint(emulator, count=3, kind=kind)]
        for _ in range(4):
            codes.append((await emulator.control("POST", f"wx/{api}", {"appid": APPID}))["code"])
    assert len(set(codes)) == 3 * 7


async def test_a_bulk_code_is_as_good_as_a_single_one(emulator: Harness) -> None:
    await emulator.freeze()
    (phone,) = await mint(emulator, kind="phone")
    target = f"/wxa/business/getuserphonenumber?access_token={await emulator.fetch_token()}"
    assert (await emulator.post(target, {"code": phone["code"]}))["errcode"] == 0
    good, late = await mint(emulator, count=2)
    await emulator.advance("299s")
    assert "openid" in await emulator.exchange(good["code"])
    await emulator.advance("1s")
    assert (await emulator.exchange(late["code"]))["errcode"] == 40029


async def test_a_client_that_leaves_a_stream_is_no_error(
    emulator: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    body = b'{"count": 200000}'
    head = (
        f"POST {PREFIX}codes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    await emulator.send_and_leave(head.encode() + body)
    assert await emulator.control("GET", "health")
    await emulator.server.stop()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
