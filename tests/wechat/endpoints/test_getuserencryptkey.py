"""`/wxa/business/getuserencryptkey` on a frozen clock."""

from __future__ import annotations

import re

import pytest

from tests.support import APPID, NOON_UNIX, Harness, request, signed

PATH = "/wxa/business/getuserencryptkey"


async def test_success_byte_for_byte(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    target = signed(PATH, await emulator.fetch_token(), session)
    body = (await emulator.send(request(target, "POST"))).partition(b"\r\n\r\n")[2]
    assert re.fullmatch(
        r'\{"errcode":0,"errmsg":"ok","key_info_list":\[\{"encrypt_key":"[\w+/]{22}==",'
        r'"version":1,"expire_in":3600,"iv":"[0-9a-f]{16}",'
        rf'"create_time":{NOON_UNIX}\}}\]\}}',
        body.decode(),
    )


async def test_the_last_three_keys_are_told_newest_first(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    for _ in range(5):
        answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
        await emulator.advance("1h")
    keys = answer["key_info_list"]
    assert [key["version"] for key in keys] == [5, 4, 3]
    assert [key["expire_in"] for key in keys] == [3600, 0, 0]
    assert len({key["encrypt_key"] for key in keys}) == 3


async def test_the_phone_has_the_same_key(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    on_phone = await emulator.control("POST", "wx/getLatestUserKey", {"appid": APPID})
    assert list(on_phone) == ["encryptKey", "expireTime", "iv", "version", "errMsg"]
    await emulator.advance("10m")
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    key = answer["key_info_list"][0]
    assert (key["encrypt_key"], key["iv"]) == (on_phone["encryptKey"], on_phone["iv"])
    assert (key["version"], key["expire_in"]) == (on_phone["version"], 3000)
    assert on_phone["expireTime"] == NOON_UNIX + 3600


@pytest.mark.parametrize("body", [b"{}", b"{", b"openid=x"])
async def test_any_body_is_87009_beside_an_empty_list(emulator: Harness, body: bytes) -> None:
    session = await emulator.exchange(await emulator.login())
    target = signed(PATH, await emulator.fetch_token(), session)
    sent = await emulator.send(request(target, "POST", body=body))
    assert re.search(
        rb'\{"errcode":87009,"errmsg":"invalid signature rid: [0-9a-f-]{26}",'
        rb'"key_info_list":\[\]\}$',
        sent,
    )
    assert b"the call must have no body at all" in sent


async def test_without_sig_method_it_is_87008(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    target = signed(PATH, await emulator.fetch_token(), session, sig_method=None)
    assert (await emulator.get(target))["errcode"] == 87008
