"""`POST decrypt`: the diagnosis with the keys the emulator knows."""

from __future__ import annotations

from typing import Any

from tests.support import APPID, Harness


async def info(emulator: Harness, user: str = "alice") -> dict[str, Any]:
    """encryptedData and iv of a user who has just logged in."""
    await emulator.exchange(await emulator.login(user))
    body = {"appid": APPID, "user": user}
    answer = await emulator.control("POST", "wx/getUserInfo", body)
    return {"appid": APPID, "encryptedData": answer["encryptedData"], "iv": answer["iv"]}


async def test_the_key_valid_now_is_taken(emulator: Harness) -> None:
    opened = await emulator.control("POST", "decrypt", await info(emulator))
    assert opened["data"]["nickName"] == "微信用户"
    assert opened["problems"] == []


async def test_data_of_before_a_new_login_is_known_for_that(emulator: Harness) -> None:
    sealed = await info(emulator)
    await emulator.exchange(await emulator.login())
    opened = await emulator.control("POST", "decrypt", sealed)
    assert opened["problems"] == ["it was encrypted with the session_key before the one valid now"]


async def test_the_problems_are_the_hint_as_well(emulator: Harness) -> None:
    sealed = await info(emulator) | {"session_key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    url = f"{emulator.url}/_emulator/v1/decrypt"
    async with emulator.http.post(url, json=sealed) as response:
        assert response.headers["X-Emulator-Hint"].startswith("session_key: ")
        assert (await response.json())["data"] is None


async def test_without_a_session_there_is_no_key(emulator: Harness) -> None:
    sealed = await info(emulator) | {"user": "bob"}
    opened = await emulator.control("POST", "decrypt", sealed)
    assert opened["problems"] == ["'bob' has no session: there is no session_key"]


async def test_another_apps_data_is_told_by_its_watermark(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    sealed = await info(emulator)
    sealed |= {"session_key": session["session_key"]}
    keys = await emulator.control("GET", f"sessions?appid={APPID}")
    sealed |= {"session_key": keys["sessions"][0]["session_key"], "appid": "wx" + "9" * 16}
    [problem] = (await emulator.control("POST", "decrypt", sealed))["problems"]
    assert problem.startswith(f"the watermark names {APPID}, expected wx9999")


async def test_data_of_a_key_before_the_last_two_is_only_wrong(emulator: Harness) -> None:
    sealed = await info(emulator)
    for _ in range(2):
        await emulator.exchange(await emulator.login())
    [problem] = (await emulator.control("POST", "decrypt", sealed))["problems"]
    assert problem.startswith("session_key: ")
