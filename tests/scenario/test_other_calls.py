"""The shipped scenarios around calls outside the login, each as it happens."""

from __future__ import annotations

from typing import Any

from tests.support import Harness, StartEmulator

APPID = "wx0000000000000001"


async def post(emulator: Harness, path: str, body: Any) -> dict[str, Any]:
    token = await emulator.fetch_token(appid=APPID)
    return await emulator.post(f"{path}?access_token={token}", body)


async def openid(emulator: Harness, user: str) -> str:
    code = await emulator.login(user, appid=APPID)
    return str((await emulator.exchange(code, appid=APPID))["openid"])


async def test_a_page_that_is_not_published(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario="page-not-published")
    body = {"scene": "id=1", "page": "pages/new/new"}
    assert (await post(emulator, "/wxa/getwxacodeunlimit", body))["errcode"] == 41030


async def test_a_message_that_nobody_agreed_to(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario="message-refused")
    alice, bob = await openid(emulator, "alice"), await openid(emulator, "bob")
    answers = [
        await post(
            emulator,
            "/cgi-bin/message/subscribe/send",
            {
                "touser": touser,
                "template_id": "PAYMENT_TEMPLATE_ID",
                "data": {"thing1": {"value": "茶"}},
            },
        )
        for touser in (alice, alice, bob)
    ]
    assert [answer["errcode"] for answer in answers] == [0, 43101, 43101]


async def test_a_risky_text(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario="risky-content")
    body = {"version": 2, "scene": 2, "openid": await openid(emulator, "alice")}
    for content, suggest in (("赌博", "risky"), ("兼职", "review"), ("茶", "pass")):
        answer = await post(emulator, "/wxa/msg_sec_check", body | {"content": content})
        assert (answer["errcode"], answer["result"]["suggest"]) == (0, suggest)
    await emulator.advance("31m")
    answer = await post(emulator, "/wxa/msg_sec_check", body | {"content": "茶"})
    assert answer["errcode"] == 61010
