"""`POST /cgi-bin/message/subscribe/send`: to whom, which template, with what, agreed or not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import APPID, NOON_RID, SECRET, Harness

PATH = "/cgi-bin/message/subscribe/send"
TEMPLATE = "4fQ3yDLIT7M7cwZGxiyjPhPEDwrdqkrPhNsTgiGYlmQ"
DATA = {"thing1": {"value": "会议室"}, "time2": {"value": "2026年1月1日 12:00"}}


@pytest.fixture
async def openid(emulator: Harness) -> str:
    return str((await emulator.exchange(await emulator.login()))["openid"])


async def send(emulator: Harness, openid: str, /, **fields: Any) -> dict[str, Any]:
    body = {"touser": openid, "template_id": TEMPLATE, "data": DATA} | fields
    return await emulator.post(f"{PATH}?access_token={await emulator.fetch_token()}", body)


async def test_a_message_goes_out(emulator: Harness, openid: str) -> None:
    assert await send(emulator, openid) == {"errcode": 0, "errmsg": "ok"}
    assert (await emulator.latest())["user"] == "alice"


async def test_consent_is_for_so_many_messages(emulator: Harness, openid: str) -> None:
    await emulator.control("PUT", "users/alice", {"subscriptions": {TEMPLATE: 1, "other": 0}})
    assert (await send(emulator, openid))["errcode"] == 0
    answer = await send(emulator, openid)
    assert answer["errmsg"].startswith(f"user refuse to accept the msg rid: {NOON_RID}-")
    assert "agreed to 1 of them" in (await emulator.latest())["hint"]
    assert (await send(emulator, openid, template_id="other"))["errcode"] == 43101
    assert "never agreed" in (await emulator.latest())["hint"]
    await emulator.control("PUT", "users/alice", {"subscriptions": {TEMPLATE: "always"}})
    assert [(await send(emulator, openid))["errcode"] for _ in range(3)] == [0, 0, 0]


async def test_a_message_that_is_refused_spends_no_consent(emulator: Harness, openid: str) -> None:
    await emulator.control("PUT", "users/alice", {"subscriptions": {TEMPLATE: 1}})
    assert (await send(emulator, openid, data={}))["errcode"] == 47003
    assert (await send(emulator, openid))["errcode"] == 0


async def test_a_template_of_no_app_is_40037(emulator: Harness, openid: str) -> None:
    app = {"secret": SECRET, "templates": {TEMPLATE: ["thing1", "time2"]}}
    await emulator.control("PUT", f"apps/{APPID}", app)
    assert (await send(emulator, openid))["errcode"] == 0
    answer = await send(emulator, openid, template_id=TEMPLATE[:-1])
    assert answer["errmsg"].startswith("invalid template_id rid: ")
    assert f"did you mean '{TEMPLATE}'?" in (await emulator.latest())["hint"]
    answer = await send(emulator, openid, data={"thing1": {"value": "x"}})
    assert answer["errmsg"].startswith("argument invalid! data.time2.value is empty rid: ")


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"touser": ""}, 40003),
        ({"touser": "oNobody"}, 40003),
        ({"template_id": ""}, 40037),
        ({"data": {}}, 47003),
        ({"data": "x"}, 47003),
    ],
)
async def test_what_is_refused(
    emulator: Harness, openid: str, fields: dict[str, Any], errcode: int
) -> None:
    assert (await send(emulator, openid, **fields))["errcode"] == errcode


async def test_a_page_that_was_not_published_is_41030(emulator: Harness, openid: str) -> None:
    app = {"secret": SECRET, "pages": ["pages/index/index"]}
    await emulator.control("PUT", f"apps/{APPID}", app)
    assert (await send(emulator, openid, page="pages/index/index?x=1"))["errcode"] == 0
    assert (await send(emulator, openid, page="/pages/index/index"))["errcode"] == 41030


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("thing1", "二十个字以内的事物名称", "长" * 21),
        ("number2", "12.5", "十二"),
        ("letter3", "abc", "abc1"),
        ("symbol4", "!!", "ok"),
        ("character_string5", "NO-1 x", "编号1"),
        ("time6", "15:01~16:00", "下午三点"),
        ("date7", "2026年1月1日 15:01", "明天"),
        ("date8", "2026-01-01", "01/02"),
        ("amount9", "¥12.50", "免费"),
        ("phone_number10", "+86-0766-66888866", "没有"),
        ("car_number11", "粤A8Z888挂", "粤A8Z888挂挂"),
        ("name12", "李小明", "这个名字实在是太长了啊"),
        ("phrase13", "配送中", "ok"),
    ],
)
async def test_each_kind_of_value_takes_its_own(
    emulator: Harness, openid: str, key: str, good: str, bad: str
) -> None:
    assert (await send(emulator, openid, data={key: {"value": good}}))["errcode"] == 0
    answer = await send(emulator, openid, data={key: {"value": bad}})
    assert answer["errmsg"].startswith(f"argument invalid! data.{key}.value invalid rid: ")
    answer = await send(emulator, openid, data={key: {"value": ""}})
    assert answer["errmsg"].startswith(f"argument invalid! data.{key}.value is empty rid: ")


async def test_a_kind_that_is_not_known_takes_anything(emulator: Harness, openid: str) -> None:
    data = {"enum_string1": {"value": "x"}, "other": {"value": 7}}
    assert (await send(emulator, openid, data=data))["errcode"] == 0
