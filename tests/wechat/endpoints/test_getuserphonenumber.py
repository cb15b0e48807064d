"""`POST /wxa/business/getuserphonenumber` on a frozen clock."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support import APPID, NOON_RID, NOON_UNIX, OTHER_APPID, SECRET, Harness, request
from tests.wechat.endpoints.answers import answer

PATH = "/wxa/business/getuserphonenumber"
SUFFIX = rf" hint: \[[\w-]+\] rid: {NOON_RID}-[0-9a-f]{{8}}-[0-9a-f]{{8}}"


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    await emulator.control("PUT", f"apps/{OTHER_APPID}", {"secret": SECRET})
    await emulator.control("PUT", "users/alice", {"phone": "13800138000"})
    return emulator


async def phone_code(emulator: Harness, **fields: Any) -> str:
    body = {"appid": APPID, "user": "alice"} | fields
    return str((await emulator.control("POST", "wx/getPhoneNumber", body))["code"])


async def redeem(emulator: Harness, code: str, **fields: str) -> dict[str, Any]:
    token = await emulator.fetch_token()
    return await emulator.post(f"{PATH}?access_token={token}", {"code": code} | fields)


async def test_success_byte_for_byte(emulator: Harness) -> None:
    code, token = await phone_code(emulator), await emulator.fetch_token()
    sent = request(f"{PATH}?access_token={token}", "POST", body=b'{"code":"%b"}' % code.encode())
    assert (await emulator.send(sent)).decode() == answer(
        '{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"13800138000",'
        '"purePhoneNumber":"13800138000","countryCode":"86",'
        f'"watermark":{{"timestamp":{NOON_UNIX},"appid":"{APPID}"}}}}}}'
    )


async def test_a_phone_code_is_64_hex_digits(emulator: Harness) -> None:
    assert re.fullmatch("[0-9a-f]{64}", await phone_code(emulator))


async def test_a_foreign_number_starts_with_its_country_code(emulator: Harness) -> None:
    await emulator.control("PUT", "users/bob", {"phone": "51234567", "country_code": "852"})
    info = (await redeem(emulator, await phone_code(emulator, user="bob")))["phone_info"]
    assert (info["phoneNumber"], info["purePhoneNumber"]) == ("85251234567", "51234567")
    assert info["countryCode"] == "852"


async def test_a_code_works_once_and_then_is_40029(emulator: Harness) -> None:
    code = await phone_code(emulator)
    assert (await redeem(emulator, code))["errcode"] == 0
    again = await redeem(emulator, code)
    assert again["errcode"] == 40029
    assert re.fullmatch("invalid code" + SUFFIX, again["errmsg"])


async def test_a_code_ends_after_five_minutes(emulator: Harness) -> None:
    code = await phone_code(emulator)
    await emulator.advance("5m")
    assert (await redeem(emulator, code))["errcode"] == 40029


async def test_a_login_code_is_no_phone_code(emulator: Harness) -> None:
    code = await emulator.login()
    assert (await redeem(emulator, code))["errcode"] == 40029
    assert "openid" in await emulator.exchange(code)


async def test_a_phone_code_is_no_login_code(emulator: Harness) -> None:
    code = await phone_code(emulator)
    assert (await emulator.exchange(code))["errcode"] == 40029
    assert (await redeem(emulator, code))["errcode"] == 0


async def test_a_code_of_another_app_is_40013_and_stays_good(emulator: Harness) -> None:
    code = await phone_code(emulator)
    token = await emulator.fetch_token(appid=OTHER_APPID)
    answer = await emulator.post(f"{PATH}?access_token={token}", {"code": code})
    assert answer["errcode"] == 40013
    assert re.fullmatch("invalid appid" + SUFFIX, answer["errmsg"])
    assert (await redeem(emulator, code))["errcode"] == 0


async def test_without_a_code_the_data_format_is_wrong(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    answer = await emulator.post(f"{PATH}?access_token={token}", {"js_code": "x"})
    assert re.fullmatch("data format error" + SUFFIX, answer["errmsg"])


async def test_the_openid_must_be_the_codes_users(emulator: Harness) -> None:
    openid = (await emulator.exchange(await emulator.login()))["openid"]
    code = await phone_code(emulator)
    assert (await redeem(emulator, code, openid="o" * 28))["errcode"] == 40003
    assert (await redeem(emulator, code, openid=openid))["errcode"] == 0


async def test_a_user_without_a_number_has_one_from_the_seed(emulator: Harness) -> None:
    await emulator.control("PUT", "users/carol", {})
    numbers = {
        (await redeem(emulator, await phone_code(emulator, user="carol")))["phone_info"][
            "phoneNumber"
        ]
        for _ in range(2)
    }
    assert numbers == {emulator.world().ids.phone("carol")}
    assert re.fullmatch(r"138\d{8}", numbers.pop())


async def test_the_hint_of_an_unknown_code_tells_where_to_get_one(emulator: Harness) -> None:
    await redeem(emulator, "x")
    assert "POST /_emulator/v1/wx/getPhoneNumber" in (await emulator.latest())["hint"]
