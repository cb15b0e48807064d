"""`msg_sec_check` in both versions, and `img_sec_check`."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.wechat.content import SAMPLES
from tests.support import NOON_RID, Harness, request

MSG = "/wxa/msg_sec_check"
IMG = "/wxa/img_sec_check"
TEXT = {"content": "今天天气很好"}
HEAD = b'--x\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\n\r\n'


async def post(emulator: Harness, body: Any, path: str = MSG) -> dict[str, Any]:
    return await emulator.post(f"{path}?access_token={await emulator.fetch_token()}", body)


async def second(emulator: Harness, its: str, /, **fields: Any) -> dict[str, Any]:
    return await post(emulator, {"version": 2, "scene": 2, "openid": its} | TEXT | fields)


@pytest.fixture
async def openid(emulator: Harness) -> str:
    emulator.behave(risky_words=("赌博",), review_words=("兼职",))
    return str((await emulator.exchange(await emulator.login()))["openid"])


async def test_version_1_says_ok_or_87014(emulator: Harness, openid: str) -> None:
    assert await post(emulator, TEXT) == {"errcode": 0, "errmsg": "ok"}
    for content in ("来赌博吧", f"x{SAMPLES[0]}x"):
        answer = await post(emulator, {"content": content})
        assert answer["errmsg"].startswith(f"risky content rid: {NOON_RID}-")
    assert (await post(emulator, {"content": "兼职"}))["errcode"] == 0
    assert (await post(emulator, {"text": "x"}))["errcode"] == 47001


async def test_version_2_as_it_was_seen(emulator: Harness, openid: str) -> None:
    answer = await second(emulator, openid)
    assert answer.pop("trace_id").startswith(f"{NOON_RID}-")
    assert answer == {
        "errcode": 0,
        "errmsg": "ok",
        "detail": [
            {"strategy": "keyword", "errcode": 0},
            {
                "strategy": "content_model",
                "errcode": 0,
                "suggest": "pass",
                "label": 100,
                "prob": 90,
            },
        ],
        "result": {"suggest": "pass", "label": 100},
    }
    assert (await emulator.latest())["user"] == "alice"


@pytest.mark.parametrize(
    ("fields", "suggest"),
    [
        ({"content": "来赌博吧"}, "risky"),
        ({"content": "兼职"}, "review"),
        ({"nickname": "赌博"}, "risky"),
        ({"title": "兼职赌博"}, "risky"),
    ],
)
async def test_version_2_says_errcode_0_and_what_to_do(
    emulator: Harness, openid: str, fields: dict[str, str], suggest: str
) -> None:
    answer = await second(emulator, openid, **fields)
    assert (answer["errcode"], answer["result"]["suggest"]) == (0, suggest)
    assert answer["detail"][0]["keyword"] in "".join(fields.values())


async def test_a_user_who_was_not_here_lately_is_61010(emulator: Harness, openid: str) -> None:
    await emulator.advance("2h")
    assert (await second(emulator, openid))["errcode"] == 0
    await emulator.advance("1s")
    answer = await second(emulator, openid)
    assert answer["errmsg"].startswith("code is expired rid: ")
    assert "'alice' logged in last 7201 s ago" in (await emulator.latest())["hint"]
    await emulator.exchange(await emulator.login())
    assert (await second(emulator, openid))["errcode"] == 0


async def test_a_declared_user_who_never_logged_in_is_61010(emulator: Harness) -> None:
    await emulator.control("PUT", "users/bob", {})
    openids = (await emulator.control("GET", "users/bob"))["openids"]
    [openid] = openids.values()
    assert (await second(emulator, openid))["errcode"] == 61010


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"openid": ""}, 40003),
        ({"openid": "oNobody"}, 40003),
        ({"scene": 5}, 40129),
        ({"content": "长" * 2501}, 45002),
        ({"content": ""}, 47001),
    ],
)
async def test_what_version_2_refuses(
    emulator: Harness, openid: str, fields: dict[str, Any], errcode: int
) -> None:
    assert (await second(emulator, openid, **fields))["errcode"] == errcode


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        (HEAD + b"PNG\r\n--x--\r\n", 0),
        (HEAD + "赌博".encode() + b"\r\n--x--\r\n", 87014),
        (HEAD.replace(b"a.png", "赌博.png".encode()) + b"\r\n--x--\r\n", 87014),
        (HEAD + b"x" * 1024 * 1024, 40006),
        (b"PNG", 41005),
    ],
)
async def test_an_image(emulator: Harness, openid: str, body: bytes, errcode: int) -> None:
    target = f"{IMG}?access_token={await emulator.fetch_token()}"
    response = await emulator.send(request(target, "POST", body=body))
    assert f'{{"errcode":{errcode},'.encode() in response
