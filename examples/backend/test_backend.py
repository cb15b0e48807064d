"""The backend's login, tested against the emulator: copy this file and change the routes."""

from __future__ import annotations

from typing import Any

import pytest
from backend import WeChat, make_app

APPID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def backend(aiohttp_client: Any, wechat_emulator: Any) -> Any:
    wechat_emulator.client.put_app(APPID, secret=SECRET)
    wechat = WeChat(APPID, SECRET, base_url=wechat_emulator.url, timeout=1.0)
    return await aiohttp_client(make_app(wechat))


async def test_a_login_gives_a_token_for_the_same_person_every_time(
    backend: Any, wechat_emulator: Any
) -> None:
    openids = set()
    for _ in range(2):
        response = await backend.post("/onLogin", json={"code": wechat_emulator.login("alice")})
        token = (await response.json())["token"]
        who = await backend.get("/me", headers={"Authorization": f"Bearer {token}"})
        openids.add((await who.json())["openid"])
    assert len(openids) == 1


async def test_the_phone_number_is_had_for_its_code(backend: Any, wechat_emulator: Any) -> None:
    wechat_emulator.client.put_user("alice", phone="13800138000")
    # By GET, as some tutorials print it.
    login = await backend.get("/onLogin", params={"code": wechat_emulator.login("alice")})
    headers = {"Authorization": f"Bearer {(await login.json())['token']}"}
    code = wechat_emulator.client.wx("getPhoneNumber", user="alice")["code"]
    answers = [await backend.post("/phone", json={"code": code}, headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 401]
    assert (await answers[0].json())["phone"] == "13800138000"


async def test_the_session_key_never_reaches_the_mini_program(
    backend: Any, wechat_emulator: Any
) -> None:
    response = await backend.post("/onLogin", json={"code": wechat_emulator.login("alice")})
    assert "session_key" not in await response.text()


async def test_a_code_works_once(backend: Any, wechat_emulator: Any) -> None:
    code = wechat_emulator.login("alice")
    statuses = [(await backend.post("/onLogin", json={"code": code})).status for _ in range(2)]
    assert statuses == [200, 401]


async def test_a_code_older_than_five_minutes_asks_for_a_new_login(
    backend: Any, wechat_emulator: Any
) -> None:
    code = wechat_emulator.login("alice")
    wechat_emulator.advance("5m1s")
    response = await backend.post("/onLogin", json={"code": code})
    assert response.status == 401
    wechat_emulator.assert_called("jscode2session", errcode=40029, times=1)


async def test_a_busy_wechat_is_asked_once_more(backend: Any, wechat_emulator: Any) -> None:
    wechat_emulator.rule(on="jscode2session", times=1, then={"errcode": -1})
    response = await backend.post("/onLogin", json={"code": wechat_emulator.login("alice")})
    assert response.status == 200


@pytest.mark.parametrize(
    "failure",
    [{"errcode": 45011}, {"status": 502}, {"reset": True}, {"body": "<html>"}],
    ids=lambda failure: next(iter(failure)),
)
async def test_a_failing_wechat_is_not_the_users_fault(
    backend: Any, wechat_emulator: Any, failure: dict[str, object]
) -> None:
    wechat_emulator.rule(on="jscode2session", then=failure)
    response = await backend.post("/onLogin", json={"code": wechat_emulator.login("alice")})
    assert response.status == 503


async def test_a_request_without_a_code_is_refused_without_asking_wechat(
    backend: Any, wechat_emulator: Any
) -> None:
    response = await backend.post("/onLogin", json={})
    assert response.status == 400
    wechat_emulator.assert_called("jscode2session", times=0)
