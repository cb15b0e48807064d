"""`POST /wxa/business/checkencryptedmsg` on a frozen clock."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.wechat.crypto import message_hash
from tests.support import APPID, NOON_UNIX, Harness

PATH = "/wxa/business/checkencryptedmsg"


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    await emulator.exchange(await emulator.login())
    return emulator


async def check(emulator: Harness, encrypted_data: str) -> dict[str, Any]:
    target = f"{PATH}?access_token={await emulator.fetch_token()}"
    return await emulator.post(target, {"encrypted_msg_hash": message_hash(encrypted_data)})


async def test_a_sealed_phone_number_is_known_for_three_days(emulator: Harness) -> None:
    sealed = await emulator.control("POST", "wx/getPhoneNumber", {"appid": APPID})
    data = sealed["encryptedData"]
    answer = await check(emulator, data)
    assert list(answer.items()) == [
        ("errcode", 0), ("errmsg", "ok"), ("vaild", True), ("create_time", NOON_UNIX),
    ]  # fmt: skip
    await emulator.advance("3d")
    assert (await check(emulator, data))["vaild"] is False


async def test_anything_else_is_not(emulator: Harness) -> None:
    sealed = await emulator.control("POST", "wx/getUserInfo", {"appid": APPID})
    for data in (sealed["encryptedData"], "", "x"):
        assert await check(emulator, data) == {
            "errcode": 0, "errmsg": "ok", "vaild": False, "create_time": 0,
        }  # fmt: skip


async def test_without_a_hash_the_data_format_is_wrong(emulator: Harness) -> None:
    target = f"{PATH}?access_token={await emulator.fetch_token()}"
    assert (await emulator.post(target, {"hash": "x"}))["errcode"] == 47001
