"""`GET /wxa/getpaidunionid` on a frozen clock."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support import APPID, NOON, SECRET, Harness

PAYMENTS = [
    {"transaction_id": "4200001", "at": NOON},
    {"mch_id": "1900000109", "out_trade_no": "order-7"},
]


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    app = {"secret": SECRET, "open_platform": "acme"}
    await emulator.control("PUT", f"apps/{APPID}", app)
    await emulator.control("PUT", "users/alice", {"payments": PAYMENTS})
    await emulator.control("PUT", "users/bob", {})
    return emulator


def openid(emulator: Harness, user: str = "alice") -> str:
    return emulator.world().ids.openid(APPID, user)


async def ask(emulator: Harness, **params: str) -> dict[str, Any]:
    query = {"access_token": await emulator.fetch_token(), "openid": openid(emulator)} | params
    return await emulator.get("/wxa/getpaidunionid?" + urlencode(query))


async def test_the_unionid_comes_first(emulator: Harness) -> None:
    answer = await ask(emulator, transaction_id="4200001")
    unionid = emulator.world().ids.unionid("acme", "alice")
    assert list(answer.items()) == [("unionid", unionid), ("errcode", 0), ("errmsg", "ok")]


async def test_the_merchants_own_number_does_as_well(emulator: Harness) -> None:
    assert "unionid" in await ask(emulator, mch_id="1900000109", out_trade_no="order-7")


@pytest.mark.parametrize(
    ("params", "errcode", "text"),
    [
        ({"openid": ""}, 40003, "invalid openid"),
        ({"openid": "o" * 28}, 40003, "invalid openid"),
        ({}, 89300, "invalid trade"),
        ({"mch_id": "1900000109"}, 89300, "invalid trade"),
        ({"transaction_id": "4200002"}, 89300, "invalid trade"),
        ({"mch_id": "1900000109", "out_trade_no": "order-8"}, 89300, "invalid trade"),
    ],
)
async def test_errors(emulator: Harness, params: Any, errcode: int, text: str) -> None:
    answer = await ask(emulator, **params)
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text} rid: ")


async def test_somebody_elses_payment_is_no_payment(emulator: Harness) -> None:
    answer = await ask(emulator, openid=openid(emulator, "bob"), transaction_id="4200001")
    assert answer["errcode"] == 89300


async def test_a_payment_is_known_for_five_minutes(emulator: Harness) -> None:
    await emulator.advance("5m")
    assert "unionid" in await ask(emulator, transaction_id="4200001")
    await emulator.advance("1s")
    assert (await ask(emulator, transaction_id="4200001"))["errcode"] == 89300


async def test_an_app_without_an_open_platform_is_89002(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    assert (await ask(emulator, transaction_id="4200001"))["errcode"] == 89002


async def test_payments_survive_a_snapshot(emulator: Harness) -> None:
    state = await emulator.control("GET", "state")
    await emulator.control("PUT", "state", state)
    assert "unionid" in await ask(emulator, transaction_id="4200001")


async def test_a_payment_yet_to_come_is_none(emulator: Harness) -> None:
    await emulator.advance("-1s")
    assert (await ask(emulator, transaction_id="4200001"))["errcode"] == 89300


async def test_who_has_logged_in_is_known_without_being_declared(emulator: Harness) -> None:
    emulator.behave(strict_users=False)
    session = await emulator.exchange(await emulator.login("carol"))
    assert (await ask(emulator, openid=openid(emulator, "dave")))["errcode"] == 40003
    answer = await ask(emulator, openid=session["openid"], transaction_id="4200001")
    assert answer["errcode"] == 89300
    assert (await emulator.latest())["user"] == "carol"
