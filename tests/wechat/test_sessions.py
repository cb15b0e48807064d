"""The session_key comes with the code: whose key the phone uses, and what each exchange shows."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from msgspec import DecodeError, json

from emulator.core.duration import Duration
from emulator.wechat import crypto
from tests.support import APPID, OTHER_APPID, SECRET, Harness, StartEmulator, signed

STALE = "it was encrypted with the session_key before the one valid now"
DEAD = "this code's session_key is dead already"


async def ask(emulator: Harness, api: str = "getUserInfo", **fields: Any) -> dict[str, Any]:
    """What the phone's callback gets."""
    return dict(await emulator.control("POST", f"wx/{api}", {"appid": APPID} | fields))


def opens(session: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether a backend with this key gets the phone's data."""
    sealed = (answer["encryptedData"], session["session_key"], answer["iv"])
    try:
        return "watermark" in json.decode(crypto.decrypt(*map(b64decode, sealed)))
    except (crypto.PaddingError, DecodeError, UnicodeDecodeError):
        return False


async def is_valid(emulator: Harness, session: dict[str, Any]) -> bool:
    """What checksession says of a key."""
    target = signed("/wxa/checksession", await emulator.fetch_token(), session)
    return bool((await emulator.get(target))["errcode"] == 0)


async def login_of_any_app(emulator: Harness) -> str:
    return await emulator.login(appid="")


@pytest.mark.parametrize("logins_before", [0, 1])
async def test_the_classic_order_decrypts(emulator: Harness, logins_before: int) -> None:
    """wx.login, getUserInfo, then one POST with all: the backend exchanges and decrypts."""
    for _ in range(logins_before):
        await emulator.exchange(await emulator.login())
    code = await emulator.login()
    sealed = [await ask(emulator, api) for api in ("getUserInfo", "getPhoneNumber", "getWeRunData")]
    session = await emulator.exchange(code)
    assert all(opens(session, answer) for answer in sealed)
    raw = sealed[0]["rawData"].encode()
    assert sealed[0]["signature"] == crypto.data_signature(raw, session["session_key"])


async def test_a_login_inside_the_callback_makes_its_data_unreadable(emulator: Harness) -> None:
    """WeChat's own warning: the data was encrypted with the key of the login before."""
    await emulator.exchange(await emulator.login())
    answer = await ask(emulator, "getPhoneNumber")
    session = await emulator.exchange(await emulator.login())
    assert not opens(session, answer)
    sealed = {"appid": APPID, "encryptedData": answer["encryptedData"], "iv": answer["iv"]}
    assert (await emulator.control("POST", "decrypt", sealed))["problems"] == [STALE]


async def test_an_older_code_shows_its_own_dead_key(emulator: Harness) -> None:
    older = await emulator.login()
    of_the_first = await ask(emulator)
    newer = await emulator.login()
    of_the_second = await ask(emulator)
    first = await emulator.exchange(older)
    assert (await emulator.latest())["hint"].startswith(DEAD)
    assert opens(first, of_the_first)
    assert not opens(first, of_the_second)
    assert not await is_valid(emulator, first)
    second = await emulator.exchange(newer)
    assert not (await emulator.latest())["hint"]
    assert opens(second, of_the_second)
    assert await is_valid(emulator, second)
    assert not await is_valid(emulator, first)


async def test_the_key_is_valid_from_the_login_on(emulator: Harness) -> None:
    old = await emulator.exchange(await emulator.login())
    code = await emulator.login()
    assert not await is_valid(emulator, old)
    assert await is_valid(emulator, await emulator.exchange(code))


async def test_check_session_is_about_the_last_login(emulator: Harness) -> None:
    assert (await ask(emulator, "checkSession"))["errMsg"].startswith("checkSession:fail")
    await emulator.login()
    assert (await ask(emulator, "checkSession"))["errMsg"] == "checkSession:ok"


async def test_decrypt_and_sessions_know_the_key_before_the_exchange(emulator: Harness) -> None:
    code = await emulator.login()
    answer = await ask(emulator)
    sealed = {"appid": APPID, "encryptedData": answer["encryptedData"], "iv": answer["iv"]}
    assert (await emulator.control("POST", "decrypt", sealed))["problems"] == []
    [shown] = (await emulator.control("GET", "sessions"))["sessions"]
    session = await emulator.exchange(code)
    assert shown | session == shown


async def test_a_reset_between_login_and_exchange_kills_the_codes_key(emulator: Harness) -> None:
    emulator.behave(session_key_refresh=Duration(60))
    session = await emulator.exchange(await emulator.login())
    waiting = await emulator.login()
    target = signed("/wxa/resetusersessionkey", await emulator.fetch_token(), session)
    reset = await emulator.get(target)
    assert (await emulator.exchange(waiting))["session_key"] == session["session_key"]
    assert (await emulator.latest())["hint"].startswith(DEAD)
    assert opens(reset, await ask(emulator))


@pytest.mark.parametrize("appid", [APPID, ""])
async def test_logins_close_together_share_a_key(emulator: Harness, appid: str) -> None:
    await emulator.freeze()
    emulator.behave(session_key_refresh=Duration(3600))
    keys = []
    for wait in ("0s", "59m", "59s", "1s"):
        await emulator.advance(wait)
        codes = [await emulator.login(appid=appid) for _ in range(2)]
        answer = await ask(emulator)
        for code in codes:
            session = await emulator.exchange(code)
            assert not (await emulator.latest())["hint"]
            assert opens(session, answer)
        keys.append(session["session_key"])
    assert keys[0] == keys[1] == keys[2] != keys[3]


@pytest.mark.parametrize("appid", [APPID, OTHER_APPID])
@pytest.mark.parametrize("named", [True, False])
async def test_a_code_of_any_app_carries_its_key_to_whichever_exchanges_it(
    emulator: Harness, appid: str, named: bool
) -> None:
    code = await login_of_any_app(emulator)
    answer = await ask(emulator, appid=appid if named else "")
    session = await emulator.exchange(code, appid=appid)
    assert opens(session, answer)
    later = await ask(emulator, appid="")
    assert opens(session, later)
    sealed = {"encryptedData": later["encryptedData"], "iv": later["iv"]}
    opened = await emulator.control("POST", "decrypt", sealed)
    assert opened["data"]["watermark"]["appid"] == appid


async def test_of_two_codes_of_any_app_the_older_is_dead(emulator: Harness) -> None:
    await emulator.freeze()
    for first_exchanged in (0, 1):
        codes = [await login_of_any_app(emulator) for _ in range(2)]
        answer = await ask(emulator, appid="")
        by_turns = [codes[first_exchanged], codes[1 - first_exchanged]]
        sessions = {code: await emulator.exchange(code) for code in by_turns}
        assert not opens(sessions[codes[0]], answer)
        assert opens(sessions[codes[1]], answer)
        assert await is_valid(emulator, sessions[codes[1]])
        assert not await is_valid(emulator, sessions[codes[0]])


async def test_a_login_of_any_app_kills_the_key_of_the_app_before(emulator: Harness) -> None:
    old = await emulator.exchange(await emulator.login())
    waiting = await login_of_any_app(emulator)
    assert not await is_valid(emulator, old)
    [shown] = (await emulator.control("GET", "sessions"))["sessions"]
    session = await emulator.exchange(waiting)
    assert shown["session_key"] == session["session_key"] != old["session_key"]


async def test_a_login_to_another_app_leaves_a_code_of_any_app_its_key(emulator: Harness) -> None:
    waiting = await login_of_any_app(emulator)
    await emulator.exchange(await emulator.login(appid=OTHER_APPID), appid=OTHER_APPID)
    await emulator.advance("1s")
    session = await emulator.exchange(waiting)
    assert opens(session, await ask(emulator))


async def test_a_session_of_any_app_can_be_reset_before_its_exchange(emulator: Harness) -> None:
    """The reset is by the app's own key, so the app has claimed it; the code's is dead."""
    emulator.behave(session_key_refresh=Duration(60))
    session = await emulator.exchange(await login_of_any_app(emulator))
    waiting = await login_of_any_app(emulator)
    target = signed("/wxa/resetusersessionkey", await emulator.fetch_token(), session)
    reset = await emulator.get(target)
    assert opens(reset, await ask(emulator))
    assert not opens(await emulator.exchange(waiting), await ask(emulator))


async def test_bulk_and_scripted_codes_make_their_key_at_the_exchange(emulator: Harness) -> None:
    bulk = emulator.http.post(
        f"{emulator.url}/_emulator/v1/codes", json={"appid": APPID, "user": "alice"}
    )
    async with bulk as response:
        code = json.decode(await response.read())["code"]
    assert (await ask(emulator))["errMsg"].startswith("getUserInfo:fail session time out")
    for text in (code, "emu.alice", "emu.alice.once-1"):
        assert opens(await emulator.exchange(text), await ask(emulator))


DECLARED = """
version: 1
codes:
  - {code: old, user: alice, appid: wx0123456789abcdef}
  - {code: new, user: alice, appid: wx0123456789abcdef}
  - {code: ended, user: alice, appid: wx0123456789abcdef, age: 6m}
  - {code: anywhere, user: bob}
  - {code: someone, user: carol}
"""


async def test_before_any_login_the_phone_uses_the_newest_live_declared_codes_key(
    start_emulator: StartEmulator,
) -> None:
    emulator = await start_emulator(scenario_inline=DECLARED)
    await emulator.freeze()
    for user, code in (("alice", "new"), ("bob", "anywhere")):
        answer = await ask(emulator, user=user)
        assert (await ask(emulator, "checkSession", user=user))["errMsg"] == "checkSession:ok"
        assert opens(await emulator.exchange(code), answer)
    assert (await ask(emulator, user="dave"))["errMsg"].startswith("getUserInfo:fail session time")


async def test_a_declared_code_used_up_says_nothing_of_the_phone(
    start_emulator: StartEmulator,
) -> None:
    emulator = await start_emulator(scenario_inline=DECLARED)
    await emulator.exchange("new")
    await emulator.advance("4d")
    answer = await ask(emulator)  # its session is over, so "old" is the newest that is left
    assert opens(await emulator.exchange("old"), answer)
    await emulator.advance("4d")
    assert (await ask(emulator))["errMsg"].startswith("getUserInfo:fail session time out")


async def test_a_declared_codes_session_may_time_out_before_its_exchange(
    start_emulator: StartEmulator,
) -> None:
    emulator = await start_emulator(scenario_inline=DECLARED)
    await ask(emulator)
    await emulator.advance("4d")
    assert (await ask(emulator))["errMsg"].startswith("getUserInfo:fail session time out")
    assert opens(await emulator.exchange("new"), await ask(emulator))


async def test_a_login_comes_before_a_declared_code(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario_inline=DECLARED)
    code = await emulator.login()
    answer = await ask(emulator)
    assert opens(await emulator.exchange(code), answer)
    assert not opens(await emulator.exchange("new"), answer)


async def test_decrypt_makes_no_key(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario_inline=DECLARED)
    asked = {"appid": APPID, "encryptedData": "AA==", "iv": "AA=="}
    opened = await emulator.control("POST", "decrypt", asked)
    assert opened["problems"] == ["'alice' has no session: there is no session_key"]


@pytest.mark.parametrize("appid", [APPID, ""])
async def test_a_snapshot_between_login_and_exchange(
    start_emulator: StartEmulator, appid: str
) -> None:
    emulator, other = await start_emulator(), await start_emulator()
    code = await emulator.login(appid=appid)
    answer = await ask(emulator)
    await other.control("PUT", "state", await emulator.control("GET", "state"))
    assert opens(await other.exchange(code), answer)


async def test_a_snapshot_of_before_the_key_came_with_the_code_still_loads(
    emulator: Harness,
) -> None:
    session = await emulator.exchange(await emulator.login())
    await emulator.login(code="waits")
    state = await emulator.control("GET", "state")
    for code in state["entities"]["Code"]:
        code.pop("session_key")
    for kind in ("Session", "LastLogin", "LatestToken", "Tally"):
        for each in state["entities"][kind]:
            for later in ("drop_at", "unclaimed"):
                each.pop(later, None)
    del state["entities"]["DeclaredCodes"]
    await emulator.control("PUT", "state", state)
    again = await emulator.exchange("waits")
    assert again["openid"] == session["openid"]
    assert opens(again, await ask(emulator))


async def test_a_user_who_gets_another_openid_keeps_the_codes_key(emulator: Harness) -> None:
    code = await emulator.login()
    openid = "o111111111111111111111111111"
    await emulator.control("PUT", "users/alice", {"openids": {APPID: openid}})
    session = await emulator.exchange(code)
    assert session["openid"] == openid
    assert opens(session, await ask(emulator))


async def test_a_platforms_exchange_shows_the_logins_key_too(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    code = await emulator.login()
    answer = await ask(emulator)
    platform = "component_appid=wx00&component_access_token=x&grant_type=authorization_code"
    target = f"/sns/component/jscode2session?appid={APPID}&js_code={code}&{platform}"
    assert opens(await emulator.get(target), answer)
