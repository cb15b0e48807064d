"""The switches under `behaviour:` that a login feels, each on both sides."""

from __future__ import annotations

import re

import pytest

from emulator.core.duration import Duration
from tests.support import APPID, OTHER_APPID, SECRET, Harness, jscode2session, request

WRONG_SECRET = "f" * 32


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    app = {"secret": SECRET, "open_platform": "acme"}
    await emulator.control("PUT", f"apps/{APPID}", app)
    await emulator.control("PUT", f"apps/{OTHER_APPID}", app)
    await emulator.freeze()
    return emulator


async def test_code_expires_in(emulator: Harness) -> None:
    emulator.behave(code_expires_in=Duration(10))
    code = await emulator.login()
    await emulator.advance("10s")
    assert (await emulator.exchange(code))["errcode"] == 40029


@pytest.mark.parametrize(("order", "errcode"), [("code_first", 40029), ("secret_first", 40125)])
async def test_check_order(emulator: Harness, order: str, errcode: int) -> None:
    emulator.behave(check_order=order)
    assert (await emulator.exchange("fake", secret=WRONG_SECRET))["errcode"] == errcode


@pytest.mark.parametrize(("burns", "errcode"), [(False, None), (True, 40163)])
async def test_wrong_secret_burns_code(emulator: Harness, burns: bool, errcode: int | None) -> None:
    emulator.behave(wrong_secret_burns_code=burns)
    code = await emulator.login()
    assert (await emulator.exchange(code, secret=WRONG_SECRET))["errcode"] == 40125
    assert (await emulator.exchange(code)).get("errcode") == errcode


@pytest.mark.parametrize(("burns", "errcode"), [(False, None), (True, 40163)])
async def test_wrong_appid_burns_code(emulator: Harness, burns: bool, errcode: int | None) -> None:
    emulator.behave(wrong_appid_burns_code=burns)
    code = await emulator.login()
    assert (await emulator.exchange(code, appid=OTHER_APPID))["errcode"] == 40029
    assert (await emulator.exchange(code, appid=OTHER_APPID))["errcode"] == (errcode or 40029)
    assert (await emulator.exchange(code)).get("errcode") == errcode


async def test_a_code_that_is_gone_is_40163_for_every_app(emulator: Harness) -> None:
    burnt, exchanged, third = await emulator.login(), await emulator.login(), "wx" + "3" * 16
    await emulator.control("PUT", f"apps/{third}", {})
    await emulator.exchange(burnt, appid=OTHER_APPID)
    await emulator.exchange(exchanged)
    for code in (burnt, exchanged):
        for appid in (OTHER_APPID, third, APPID):
            assert (await emulator.exchange(code, appid=appid))["errcode"] == 40163


async def test_the_hint_of_a_burnt_code_names_who_burnt_it(emulator: Harness) -> None:
    code = await emulator.login()
    await emulator.exchange(code, appid=OTHER_APPID)
    response = await emulator.send(request(jscode2session(js_code=code)))
    assert f"used up by a call with appid {OTHER_APPID}".encode() in response


@pytest.mark.parametrize(("kills", "errcode"), [(False, None), (True, 40029)])
async def test_login_kills_older_code(emulator: Harness, kills: bool, errcode: int | None) -> None:
    emulator.behave(login_kills_older_code=kills)
    older, bystander = await emulator.login(), await emulator.login("bob")
    spent = await emulator.login("carol")
    await emulator.exchange(spent)
    newer = await emulator.login()
    await emulator.login("carol")
    assert (await emulator.exchange(older)).get("errcode") == errcode
    assert (await emulator.exchange(spent))["errcode"] == 40163
    for code in (newer, bystander):
        assert "openid" in await emulator.exchange(code)


@pytest.mark.parametrize(
    ("required", "host", "errcode"),
    [
        (False, "api.weixin.qq.com", None),
        (True, "api.weixin.qq.com", 43003),
        (True, "API2.weixin.qq.com.:80", 43003),
        (True, "localhost:8480", None),
        (True, "wechat", None),
    ],
)
async def test_require_https(
    emulator: Harness, required: bool, host: str, errcode: int | None
) -> None:
    emulator.behave(require_https=required)
    sent = request(jscode2session(js_code=await emulator.login()))
    answer = await emulator.send(sent.replace(b"localhost", host.encode()))
    assert (b'{"errcode":43003,"errmsg":"require https, rid: ' in answer) == (errcode == 43003)
    assert (b"use https:// (behaviour.require_https)" in answer) == (errcode == 43003)


async def test_the_hint_of_a_killed_code_names_its_killer(emulator: Harness) -> None:
    emulator.behave(login_kills_older_code=True)
    older = await emulator.login()
    await emulator.login()
    response = await emulator.send(request(jscode2session(js_code=older)))
    assert b"the code ended just now (a newer wx.login ended it" in response


async def test_session_key_refresh(emulator: Harness) -> None:
    emulator.behave(session_key_refresh=Duration(60))
    keys = []
    for wait in ("0s", "59s", "1s", "-61s"):
        await emulator.advance(wait)
        keys.append((await emulator.exchange(await emulator.login()))["session_key"])
    first, second, third, fourth = keys
    assert first == second
    assert len({first, third, fourth}) == 3


async def test_each_exchange_gives_a_new_session_key_by_default(emulator: Harness) -> None:
    keys = [(await emulator.exchange(await emulator.login()))["session_key"] for _ in range(3)]
    assert len(set(keys)) == 3


async def test_sns_content_type(emulator: Harness) -> None:
    emulator.behave(sns_content_type="application/json")
    response = await emulator.send(request("/sns/jscode2session"))
    assert b"Content-Type: application/json\r\n" in response


SUFFIXES = [
    ("rid", r", rid: [-0-9a-f]{26}", r" rid: [-0-9a-f]{26}"),
    ("req_id", r", hints: \[ req_id: [\w-]{14} \]", r" hint: \[[\w-]{14}\]"),
    ("none", "", ""),
]


@pytest.mark.parametrize(("style", "sns", "cgi"), SUFFIXES)
async def test_errmsg_suffix(emulator: Harness, style: str, sns: str, cgi: str) -> None:
    emulator.behave(errmsg_suffix=style)
    for target, suffix in (("/sns/jscode2session", sns), ("/cgi-bin/token", cgi)):
        errmsg = (await emulator.get(target))["errmsg"]
        assert re.fullmatch("appid missing" + suffix, errmsg)


async def test_escape_slash(emulator: Harness) -> None:
    emulator.behave(escape_slash=False)
    # The first key of seed 0 holds a slash.
    response = await emulator.send(request(jscode2session(js_code=await emulator.login())))
    assert b'"session_key":"DdDL/d4KQ2BmyZmUerjSAg=="' in response


SUCCESSES: list[tuple[dict[str, object], list[str]]] = [
    ({}, ["session_key", "openid", "unionid"]),
    ({"unionid": "never"}, ["session_key", "openid"]),
    ({"unionid": "followed"}, ["session_key", "openid", "unionid"]),
    ({"legacy_expires_in": 7200}, ["session_key", "expires_in", "openid", "unionid"]),
    ({"errcode_on_success": True}, ["session_key", "openid", "unionid", "errcode", "errmsg"]),
]


@pytest.mark.parametrize(("switches", "keys"), SUCCESSES)
async def test_the_keys_of_a_success(
    emulator: Harness, switches: dict[str, object], keys: list[str]
) -> None:
    emulator.behave(**switches)
    assert list(await emulator.exchange(await emulator.login())) == keys


async def test_what_stands_in_a_success_beside_the_ids(emulator: Harness) -> None:
    emulator.behave(legacy_expires_in=7200, errcode_on_success=True)
    answer = await emulator.exchange(await emulator.login())
    assert (answer["expires_in"], answer["errcode"], answer["errmsg"]) == (7200, 0, "ok")


async def test_a_stranger_has_no_unionid_where_only_followers_have(emulator: Harness) -> None:
    await emulator.control("PUT", "users/bob", {"follows": False})
    emulator.behave(unionid="followed")
    assert "unionid" not in await emulator.exchange(await emulator.login("bob"))


async def test_an_unbound_app_has_no_unionid(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    assert "unionid" not in await emulator.exchange(await emulator.login())


async def test_apps_of_one_account_share_a_users_unionid(emulator: Harness) -> None:
    sessions = [
        await emulator.exchange(await emulator.login(appid=appid), appid=appid)
        for appid in (APPID, OTHER_APPID)
    ]
    assert sessions[0]["unionid"] == sessions[1]["unionid"]
    assert sessions[0]["openid"] != sessions[1]["openid"]


@pytest.mark.parametrize("grant_type", [None, ""])
async def test_require_grant_type(emulator: Harness, grant_type: str | None) -> None:
    emulator.behave(require_grant_type=True)
    code = await emulator.login()
    assert (await emulator.exchange(code, grant_type=grant_type))["errcode"] == 40002
    assert "'grant_type" in (await emulator.latest())["hint"]
    assert "openid" in await emulator.exchange(code)


UNDECLARED = "wx00000000000000ff"


@pytest.mark.parametrize(("strict", "errcode"), [(None, 40013), (True, 40013), (False, 40029)])
async def test_strict_apps(emulator: Harness, strict: bool | None, errcode: int) -> None:
    emulator.behave(strict_apps=strict)
    assert (await emulator.exchange("x", appid=UNDECLARED))["errcode"] == errcode


@pytest.mark.parametrize(("strict", "status"), [(None, 200), (True, 422), (False, 200)])
async def test_strict_users(emulator: Harness, strict: bool | None, status: int) -> None:
    emulator.behave(strict_users=strict)
    found, _ = await emulator.call_control("POST", "wx/login", {"user": "stranger"})
    assert found == status


async def test_a_user_deleted_since_the_login_still_logs_in(emulator: Harness) -> None:
    await emulator.control("PUT", "users/alice", {})
    await emulator.control("PUT", "users/bob", {})
    code = await emulator.login()
    await emulator.control("DELETE", "users/alice")
    assert "openid" in await emulator.exchange(code)


async def test_a_fixed_openid_and_unionid_are_used(emulator: Harness) -> None:
    openid, unionid = f"o{'1' * 27}", f"o{'2' * 27}"
    fixed = {"openids": {APPID: openid}, "unionid": unionid}
    await emulator.control("PUT", "users/alice", fixed)
    session = await emulator.exchange(await emulator.login())
    assert (session["openid"], session["unionid"]) == (openid, unionid)


async def test_a_used_code_stays_one_that_was_exchanged(emulator: Harness) -> None:
    """Whatever wrong call comes with it later: the hint tells what happened first."""
    emulator.behave(wrong_secret_burns_code=True)
    code = await emulator.login()
    await emulator.exchange(code)
    await emulator.advance("7s")
    await emulator.exchange(code, appid=OTHER_APPID)
    await emulator.exchange(code, secret=WRONG_SECRET)
    await emulator.exchange(code)
    assert (await emulator.latest())["hint"].startswith("this code was exchanged 7 s ago")


async def test_the_hint_of_a_code_burnt_by_a_wrong_secret_says_so(emulator: Harness) -> None:
    emulator.behave(wrong_secret_burns_code=True)
    code = await emulator.login()
    await emulator.exchange(code, secret=WRONG_SECRET)
    await emulator.exchange(code)
    assert "this code was used up by a wrong secret" in (await emulator.latest())["hint"]


async def test_a_login_kills_no_code_of_another_app_or_kind(emulator: Harness) -> None:
    emulator.behave(login_kills_older_code=True)
    elsewhere, who = await emulator.login(appid=OTHER_APPID), {"appid": APPID}
    phone = (await emulator.control("POST", "wx/getPhoneNumber", who))["code"]
    code = await emulator.login()
    await emulator.control("POST", "wx/getPhoneNumber", who)
    assert "openid" in await emulator.exchange(code)
    assert "openid" in await emulator.exchange(elsewhere, appid=OTHER_APPID)
    target = f"/wxa/business/getuserphonenumber?access_token={await emulator.fetch_token()}"
    assert (await emulator.post(target, {"code": phone}))["errcode"] == 0


async def test_session_expires_in_counts_from_the_last_exchange(emulator: Harness) -> None:
    """Also from one that gave the same key again."""
    emulator.behave(session_expires_in=Duration(100), session_key_refresh=Duration(60))
    for wait in ("0s", "59s"):
        await emulator.advance(wait)
        await emulator.exchange(await emulator.login())
    for wait, said in (("99s", "ok"), ("1s", "fail session time out, need relogin")):
        await emulator.advance(wait)
        answer = await emulator.control("POST", "wx/checkSession", {"appid": APPID})
        assert answer == {"errMsg": f"checkSession:{said}"}
