"""What the phone tells about its user, as the backend will decrypt it."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from msgspec import json

from emulator.wechat import crypto
from tests.support import APPID, NOON_UNIX, SECRET, Harness, StartEmulator, signed

ALICE = {"nickname": "小艾🦄", "gender": 2, "city": "Suzhou", "avatar_url": "https://a.b/c/132"}


def opened(session_key: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The data a backend gets out of a phone's answer."""
    return dict(json.decode(opened_text(session_key, answer)))


def opened_text(session_key: str, answer: dict[str, Any]) -> str:
    """The same before it is parsed: the order of its keys is WeChat's."""
    sealed = (answer["encryptedData"], session_key, answer["iv"])
    return crypto.decrypt(*map(b64decode, sealed)).decode()


async def ask(emulator: Harness, api: str, **fields: Any) -> dict[str, Any]:
    """What the phone's callback gets."""
    return dict(await emulator.control("POST", f"wx/{api}", {"appid": APPID} | fields))


async def logged_in(emulator: Harness, user: str = "alice") -> dict[str, Any]:
    """The user's session, at noon."""
    await emulator.freeze()
    return await emulator.exchange(await emulator.login(user))


async def test_everybody_is_the_wechat_user_today(emulator: Harness) -> None:
    session = await logged_in(emulator)
    answer = await ask(emulator, "getUserInfo")
    assert list(answer) == [
        "cloudID", "encryptedData", "iv", "rawData", "signature", "userInfo", "errMsg",
    ]  # fmt: skip
    assert answer["errMsg"] == "getUserInfo:ok"
    assert answer["rawData"].startswith('{"nickName":"微信用户","gender":0,"language":"zh_CN",')
    assert answer["userInfo"] == json.decode(answer["rawData"])
    watermark = f'"watermark":{{"timestamp":{NOON_UNIX},"appid":"{APPID}"}}'
    assert opened_text(session["session_key"], answer) == (
        f"{answer['rawData'][:-1]},{watermark}}}"
    )


async def test_the_old_full_shape_holds_openid_and_unionid(emulator: Harness) -> None:
    emulator.behave(user_info="full")
    await emulator.control("PUT", "users/alice", ALICE)
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET, "open_platform": "acme"})
    session = await logged_in(emulator)
    data = opened_text(session["session_key"], await ask(emulator, "getUserInfo"))
    assert data == (
        f'{{"openId":"{session["openid"]}","nickName":"小艾🦄","gender":2,"language":"zh_CN",'
        '"city":"Suzhou","province":"","country":"","avatarUrl":"https://a.b/c/132",'
        f'"unionId":"{session["unionid"]}",'
        f'"watermark":{{"timestamp":{NOON_UNIX},"appid":"{APPID}"}}}}'
    )


async def test_a_profile_never_holds_an_openid(emulator: Harness) -> None:
    emulator.behave(user_info="full")
    session = await logged_in(emulator)
    answer = await ask(emulator, "getUserProfile", desc="用于完善会员资料")
    data = opened(session["session_key"], answer)
    assert data["nickName"] == "alice"
    assert "openId" not in data
    assert "unionId" not in data


async def test_a_profiles_purpose_has_at_most_30_characters(emulator: Harness) -> None:
    await logged_in(emulator)
    answer = await ask(emulator, "getUserProfile", desc="x" * 31)
    assert answer == {"errMsg": "getUserProfile:fail desc length does not meet the requirements"}


async def test_raw_data_is_signed_with_the_session_key(emulator: Harness) -> None:
    session = await logged_in(emulator)
    answer = await ask(emulator, "getUserInfo")
    assert answer["signature"] == crypto.data_signature(
        answer["rawData"].encode(), session["session_key"]
    )


async def test_without_a_session_the_phone_fails(emulator: Harness) -> None:
    answer = await ask(emulator, "getUserInfo")
    assert answer == {
        "errMsg": "getUserInfo:fail session time out, need relogin", "errno": -13001,
    }  # fmt: skip


async def test_a_user_may_refuse(emulator: Harness) -> None:
    answer = await ask(emulator, "getUserInfo", deny=True)
    assert answer == {"errMsg": "getUserInfo:fail auth deny", "errno": 103}


async def test_the_phone_fails_for_any_reason_on_request(emulator: Harness) -> None:
    answer = await ask(emulator, "getUserProfile", fail="can only be invoked")
    assert answer == {"errMsg": "getUserProfile:fail can only be invoked"}


async def test_data_fetched_before_a_new_exchange_does_not_open_with_the_new_key(
    emulator: Harness,
) -> None:
    old = await logged_in(emulator)
    answer = await ask(emulator, "getUserInfo")
    new = await emulator.exchange(await emulator.login())
    try:
        stale = opened_text(new["session_key"], answer)
    except (crypto.PaddingError, UnicodeDecodeError):
        stale = ""
    assert "watermark" not in stale
    assert opened(old["session_key"], answer)["watermark"]["appid"] == APPID


async def test_the_same_seed_and_calls_give_the_same_bytes(start_emulator: StartEmulator) -> None:
    answers = []
    for emulator in [await start_emulator(), await start_emulator()]:
        await logged_in(emulator)
        answers.append(await ask(emulator, "getUserInfo"))
    assert answers[0] == answers[1]


async def test_the_rest_of_the_phone_opens_as_wechats_does(emulator: Harness) -> None:
    session = await logged_in(emulator)
    key = session["session_key"]
    steps = opened(key, await ask(emulator, "getWeRunData"))
    days = [each["timestamp"] for each in steps["stepInfoList"]]
    today = NOON_UNIX - 12 * 3600  # Beijing's midnight
    assert days == [today - 86400 * n for n in range(30, -1, -1)]
    assert list(steps["stepInfoList"][0]) == ["timestamp", "step"]
    assert list(steps) == ["stepInfoList", "watermark"]
    for api in ("getShareInfo", "getGroupEnterInfo"):
        answer = await ask(emulator, api, group="football")
        assert list(answer) == ["cloudID", "encryptedData", "iv", "errMsg"]
        assert list(opened(key, answer)) == ["openGId", "watermark"]
        assert opened(key, answer)["openGId"] == emulator.world().ids.group("football")


async def test_a_phone_number_opens_in_wechats_order(emulator: Harness) -> None:
    await emulator.control("PUT", "users/alice", {"phone": "13800138000"})
    session = await logged_in(emulator)
    answer = await ask(emulator, "getPhoneNumber")
    assert answer["errMsg"] == "getPhoneNumber:ok"
    assert opened_text(session["session_key"], answer) == (
        '{"phoneNumber":"13800138000","purePhoneNumber":"13800138000","countryCode":"86",'
        f'"watermark":{{"timestamp":{NOON_UNIX},"appid":"{APPID}"}}}}'
    )


async def test_without_a_session_there_is_a_phone_code_all_the_same(emulator: Harness) -> None:
    answer = await ask(emulator, "getPhoneNumber")
    assert list(answer) == ["errMsg", "code"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"deny": True}, {"errMsg": "getPhoneNumber:fail user deny"}),
        ({"fail": "no permission"}, {"errMsg": "getPhoneNumber:fail no permission"}),
        (
            {"fail": "quota", "errno": 1400001},
            {"errMsg": "getPhoneNumber:fail quota", "errno": 1400001},
        ),
    ],
)
async def test_a_phone_number_is_refused_as_asked(
    emulator: Harness, asked: dict[str, Any], said: dict[str, Any]
) -> None:
    assert await ask(emulator, "getPhoneNumber", **asked) == said


async def test_numbers_and_keys_are_masked_in_the_journal(emulator: Harness) -> None:
    await emulator.control("PUT", "users/alice", {"phone": "13800138000"})
    session = await logged_in(emulator)
    token, code = await emulator.fetch_token(), (await ask(emulator, "getPhoneNumber"))["code"]
    target = f"/wxa/business/getuserphonenumber?access_token={token}"
    await emulator.post(target, {"code": code})
    for path in ("resetusersessionkey", "business/getuserencryptkey"):
        session |= await emulator.get(signed(f"/wxa/{path}", token, session))
    shown = json.encode(await emulator.control("GET", "requests")).decode()
    encrypt_key = session["key_info_list"][0]["encrypt_key"]
    for secret in ("13800138000", token, session["session_key"], encrypt_key, SECRET):
        assert secret not in shown


async def test_nothing_is_sealed_twice_with_one_iv(emulator: Harness) -> None:
    await logged_in(emulator)
    answers = [await ask(emulator, "getUserInfo") for _ in range(3)]
    for part in ("iv", "cloudID", "encryptedData"):
        assert len({answer[part] for answer in answers}) == 3
