"""Web logins behind the doors: the code, its tokens and the user, on a frozen clock."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from emulator.world.behaviour import Quota, Quotas
from tests.support import APPID, NOON_DATE, NOON_RID, OTHER_APPID, SECRET, Harness, request

GOOD = {"appid": APPID, "secret": SECRET, "grant_type": "authorization_code"}
USER = {"open_platform": "acme", "secret": SECRET}


def answer(body: str) -> bytes:
    """The whole answer at noon: text/plain, and no charset."""
    data = body.encode()
    return (
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\n"
        f"Date: {NOON_DATE}\r\nContent-Length: {len(data)}\r\n\r\n"
    ).encode() + data


def target(path: str, **params: str | None) -> str:
    return f"{path}?" + urlencode({name: v for name, v in params.items() if v is not None})


async def agree(emulator: Harness, user: str = "alice", **fields: Any) -> str:
    body = {"appid": APPID, "user": user} | fields
    return str((await emulator.control("POST", "wx/authorize", body))["code"])


async def exchange(emulator: Harness, code: str | None, **changed: str | None) -> Any:
    return await emulator.get(target("/sns/oauth2/access_token", **GOOD | {"code": code} | changed))


async def log_in(emulator: Harness, user: str = "alice", **fields: Any) -> Any:
    return await exchange(emulator, await agree(emulator, user, **fields))


async def refresh(emulator: Harness, token: str | None, **changed: str | None) -> Any:
    params = {"appid": APPID, "grant_type": "refresh_token", "refresh_token": token} | changed
    return await emulator.get(target("/sns/oauth2/refresh_token", **params))


async def ask(emulator: Harness, path: str, tokens: Any, **changed: str | None) -> Any:
    params = {name: tokens[name] for name in ("access_token", "openid")} | changed
    return await emulator.get(target(path, **params))


async def userinfo(emulator: Harness, tokens: Any, **changed: str | None) -> Any:
    return await ask(emulator, "/sns/userinfo", tokens, **changed)


async def auth(emulator: Harness, tokens: Any, **changed: str | None) -> Any:
    return await ask(emulator, "/sns/auth", tokens, **changed)


async def test_an_exchange_byte_for_byte(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", USER)
    code = await agree(emulator)
    response = await emulator.send(
        request(target("/sns/oauth2/access_token", **GOOD | {"code": code}))
    )
    body = response.partition(b"\r\n\r\n")[2].decode()
    token, renewer, openid, unionid = (
        body.partition(f'"{name}":"')[2].partition('"')[0]
        for name in ("access_token", "refresh_token", "openid", "unionid")
    )
    assert (len(token), len(renewer), len(openid), len(unionid)) == (110, 110, 28, 28)
    assert response == answer(
        f'{{"access_token":"{token}","expires_in":7200,"refresh_token":"{renewer}",'
        f'"openid":"{openid}","scope":"snsapi_login","unionid":"{unionid}"}}'
    )


async def test_a_refresh_byte_for_byte(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", USER)
    tokens = await log_in(emulator)
    params = {"appid": APPID, "grant_type": "refresh_token"}
    response = await emulator.send(
        request(
            target("/sns/oauth2/refresh_token", **params, refresh_token=tokens["refresh_token"])
        )
    )
    assert response == answer(
        f'{{"access_token":"{tokens["access_token"]}","expires_in":7200,'
        f'"refresh_token":"{tokens["refresh_token"]}","openid":"{tokens["openid"]}",'
        '"scope":"snsapi_login"}'
    )


async def test_userinfo_byte_for_byte(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", USER)
    await emulator.control(
        "PUT",
        "users/alice",
        {"nickname": "小艾", "gender": 2, "city": "Ningbo", "avatar_url": "https://x.cn/132"},
    )
    tokens = await log_in(emulator)
    asked = {name: tokens[name] for name in ("access_token", "openid")}
    response = await emulator.send(request(target("/sns/userinfo", **asked)))
    shown = (
        f'{{"openid":"{tokens["openid"]}","nickname":"小艾","sex":0,"language":"","city":"",'
        '"province":"","country":"","headimgurl":"https:\\/\\/x.cn\\/132","privilege":[],'
        f'"unionid":"{tokens["unionid"]}"}}'
    )
    assert response == answer(shown)
    emulator.behave(user_info="full")
    old = await userinfo(emulator, tokens, lang="zh_TW")
    assert (old["sex"], old["language"], old["city"]) == (2, "zh_CN", "Ningbo")


async def test_auth_byte_for_byte(emulator: Harness) -> None:
    tokens = await log_in(emulator)
    asked = {name: tokens[name] for name in ("access_token", "openid")}
    response = await emulator.send(request(target("/sns/auth", **asked)))
    assert response == answer('{"errcode":0,"errmsg":"ok"}')


@pytest.mark.parametrize(
    ("changed", "errcode", "text"),
    [
        ({"appid": None}, 41002, "appid missing"),
        ({"appid": ""}, 41002, "appid missing"),
        ({"appid": OTHER_APPID, "secret": None}, 40013, "invalid appid"),
        ({"secret": None, "code": None}, 41004, "appsecret missing"),
        ({"code": None, "grant_type": None}, 41008, "missing code"),
        ({"grant_type": None}, 40002, "invalid grant_type"),
        ({"grant_type": "client_credential"}, 40002, "invalid grant_type"),
        ({"code": "nobody's", "secret": "f" * 32}, 40029, "invalid code"),
        ({"secret": "f" * 32}, 40125, "invalid appsecret"),
    ],
)
async def test_errors_of_an_exchange(
    emulator: Harness, changed: dict[str, Any], errcode: int, text: str
) -> None:
    answer = await exchange(emulator, **{"code": await agree(emulator)} | changed)
    assert list(answer) == ["errcode", "errmsg"]
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text}, rid: {NOON_RID}-")


async def test_a_code_works_once(emulator: Harness) -> None:
    code = await agree(emulator)
    await exchange(emulator, code)
    again = await exchange(emulator, code)
    assert again["errmsg"].startswith("code been used, rid: ")
    assert again["errcode"] == 40163


@pytest.mark.parametrize(("scope", "minutes"), [("snsapi_login", 10), ("snsapi_base", 5)])
async def test_a_code_lives_as_long_as_its_door_says(
    emulator: Harness, scope: str, minutes: int
) -> None:
    first, second = [await agree(emulator, scope=scope) for _ in range(2)]
    await emulator.advance(f"{minutes * 60 - 1}s")
    assert "openid" in await exchange(emulator, first)
    await emulator.advance("1s")
    assert (await exchange(emulator, second))["errcode"] == 40029


async def test_lifetimes_can_be_changed(emulator: Harness) -> None:
    emulator.behave(website_code_expires_in=60, user_token_expires_in=120)
    code = await agree(emulator)
    assert (await log_in(emulator))["expires_in"] == 120
    await emulator.advance("60s")
    assert (await exchange(emulator, code))["errcode"] == 40029


async def test_another_apps_code_is_40029_and_then_spent(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{OTHER_APPID}", {"secret": SECRET})
    code = await agree(emulator)
    assert (await exchange(emulator, code, appid=OTHER_APPID))["errcode"] == 40029
    assert (await exchange(emulator, code))["errcode"] == 40163


async def test_codes_of_different_kinds_never_pass_for_each_other(emulator: Harness) -> None:
    assert (await exchange(emulator, await emulator.login()))["errcode"] == 40029
    assert (await emulator.latest())["hint"] == (
        "this is a login code, an OAuth code is wanted here"
    )
    phone = await emulator.control("POST", "wx/getPhoneNumber", {"appid": APPID})
    assert (await exchange(emulator, phone["code"]))["errcode"] == 40029
    assert (await emulator.latest())["hint"] == (
        "this is a phone code, an OAuth code is wanted here"
    )
    assert (await emulator.exchange(await agree(emulator)))["errcode"] == 40029
    assert (await emulator.latest())["hint"] == (
        "this is an OAuth code, a login code is wanted here"
    )


async def test_a_scripted_code_logs_in_here_too(emulator: Harness) -> None:
    tokens = await exchange(emulator, "emu.alice")
    assert (await userinfo(emulator, tokens))["nickname"] == "alice"
    assert (await exchange(emulator, "emu.alice.errcode-40163"))["errcode"] == 40163


async def test_the_user_of_a_mini_program_is_another_openid_but_one_unionid(
    emulator: Harness,
) -> None:
    await emulator.control("PUT", f"apps/{APPID}", USER)
    await emulator.control("PUT", f"apps/{OTHER_APPID}", USER)
    there = await log_in(emulator)
    code = await emulator.login(appid=OTHER_APPID)
    here = await emulator.exchange(code, appid=OTHER_APPID)
    assert there["openid"] != here["openid"]
    assert there["unionid"] == here["unionid"]


async def test_who_agreed_to_nothing_has_an_openid_alone(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", USER)
    tokens = await log_in(emulator, scope="snsapi_base")
    assert list(tokens)[-1] == "scope"
    answer = await userinfo(emulator, tokens)
    assert answer["errcode"] == 48001
    assert answer["errmsg"].startswith("api unauthorized, rid: ")
    assert (await auth(emulator, tokens))["errcode"] == 0


async def test_an_app_bound_to_no_platform_has_no_unionid(emulator: Harness) -> None:
    tokens = await log_in(emulator)
    assert "unionid" not in tokens
    assert "unionid" not in await userinfo(emulator, tokens)


async def test_a_snapshot_user_is_nobody(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", USER)
    alice = await log_in(emulator, scope="snsapi_userinfo")
    nobody = await log_in(emulator, scope="snsapi_userinfo", snapshot=True)
    assert list(nobody)[-2:] == ["unionid", "is_snapshotuser"]
    assert nobody["is_snapshotuser"] == 1
    assert {nobody["openid"], nobody["unionid"]}.isdisjoint([alice["openid"], alice["unionid"]])
    shown = await userinfo(emulator, nobody)
    assert (shown["nickname"], shown["unionid"]) == ("微信用户", nobody["unionid"])


async def test_a_closed_account_says_so(emulator: Harness) -> None:
    tokens = await log_in(emulator)
    await emulator.control("PUT", "users/alice", {"deregistered": True})
    assert (await userinfo(emulator, tokens))["nickname"] == "用户已经注销"


@pytest.mark.parametrize("path", ["/sns/userinfo", "/sns/auth"])
@pytest.mark.parametrize(
    ("changed", "errcode", "text"),
    [
        ({"access_token": None}, 41001, "access_token missing"),
        (
            {"access_token": "made up", "openid": None},
            40001,
            "invalid credential, access_token is invalid or not latest",
        ),
        ({"openid": None}, 41009, "missing openid"),
        ({"openid": "undefined"}, 40003, "invalid openid"),
    ],
)
async def test_errors_of_a_token(
    emulator: Harness, path: str, changed: dict[str, Any], errcode: int, text: str
) -> None:
    answer = await ask(emulator, path, await log_in(emulator), **changed)
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text}, rid: {NOON_RID}-")


@pytest.mark.parametrize("path", ["/sns/userinfo", "/sns/auth"])
async def test_a_token_ends_after_two_hours(emulator: Harness, path: str) -> None:
    tokens = await log_in(emulator)
    await emulator.advance("7199s")
    assert (await ask(emulator, path, tokens)).get("errcode", 0) == 0
    await emulator.advance("1s")
    answer = await ask(emulator, path, tokens)
    assert answer["errmsg"].startswith("access_token expired, rid: ")


async def test_the_tokens_of_the_app_and_of_the_user_are_told_apart(emulator: Harness) -> None:
    tokens, own = await log_in(emulator), await emulator.fetch_token()
    assert (await userinfo(emulator, tokens, access_token=own))["errcode"] == 40001
    assert "the app's own token" in (await emulator.latest())["hint"]
    renewer = tokens["refresh_token"]
    assert (await userinfo(emulator, tokens, access_token=renewer))["errcode"] == 40001
    assert "this is a refresh_token" in (await emulator.latest())["hint"]
    assert await emulator.token_state(tokens["access_token"]) == 40001
    assert "this is a user's token" in (await emulator.latest())["hint"]


@pytest.mark.parametrize(
    ("changed", "errcode", "text"),
    [
        ({"appid": None}, 41002, "appid missing"),
        ({"appid": OTHER_APPID}, 40013, "invalid appid"),
        ({"grant_type": None}, 40002, "invalid grant_type"),
        ({"grant_type": "authorization_code"}, 40002, "invalid grant_type"),
        ({"refresh_token": None}, 41003, "missing refresh_token"),
        ({"refresh_token": "made up"}, 40030, "invalid refresh_token"),
    ],
)
async def test_errors_of_a_refresh(
    emulator: Harness, changed: dict[str, Any], errcode: int, text: str
) -> None:
    tokens = await log_in(emulator)
    answer = await refresh(emulator, **{"token": tokens["refresh_token"]} | _renamed(changed))
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text}, rid: {NOON_RID}-")


def _renamed(changed: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("refresh_token", "token"): value for name, value in changed.items()}


async def test_another_apps_refresh_token_is_40030(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{OTHER_APPID}", {"secret": SECRET})
    tokens = await log_in(emulator)
    answer = await refresh(emulator, tokens["refresh_token"], appid=OTHER_APPID)
    assert answer["errcode"] == 40030
    assert APPID in (await emulator.latest())["hint"]


async def test_a_refresh_token_ends_after_thirty_days(emulator: Harness) -> None:
    tokens = await log_in(emulator)
    await emulator.advance(f"{30 * 86400 - 1}s")
    late = await refresh(emulator, tokens["refresh_token"])
    assert late["access_token"] != tokens["access_token"]
    assert "nickname" in await userinfo(emulator, late)
    await emulator.advance("1s")
    answer = await refresh(emulator, tokens["refresh_token"])
    assert answer["errmsg"].startswith("refresh_token expired, rid: ")


async def test_the_secret_may_be_checked_first_and_may_spend_the_code(emulator: Harness) -> None:
    emulator.behave(check_order="secret_first")
    assert (await exchange(emulator, "nobody's", secret="f" * 32))["errcode"] == 40125
    emulator.behave(check_order="code_first", wrong_secret_burns_code=True)
    code = await agree(emulator)
    assert (await exchange(emulator, code, secret="f" * 32))["errcode"] == 40125
    assert (await exchange(emulator, code))["errcode"] == 40163


async def test_calls_too_many_in_a_minute_are_45011(emulator: Harness) -> None:
    emulator.behave(quotas=Quotas(sns=Quota(minute=1)))
    await log_in(emulator)
    assert (await log_in(emulator))["errcode"] == 45011


FORM = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
BASIC = "Basic " + base64.b64encode(f"{APPID}:{SECRET}".encode()).decode()


async def post(emulator: Harness, path: str, form: dict[str, str], **headers: str) -> Any:
    url = emulator.url + path
    async with emulator.http.post(
        url, data=urlencode(form).encode(), headers=FORM | headers
    ) as answer:
        return await answer.json(content_type=None)


async def test_a_form_is_read_as_the_query_is(emulator: Harness) -> None:
    form = GOOD | {"code": await agree(emulator)}
    tokens = await post(emulator, "/sns/oauth2/access_token", form)
    shown = await post(
        emulator,
        "/sns/userinfo",
        {"access_token": tokens["access_token"], "openid": tokens["openid"]},
    )
    assert shown["nickname"] == "alice"


async def test_half_in_the_query_and_half_in_a_form_is_as_good(emulator: Harness) -> None:
    """As Auth.js sends it, with the client's name and secret in a header nobody asked for."""
    half = urlencode({"appid": APPID, "secret": SECRET})
    form = {"code": await agree(emulator), "grant_type": "authorization_code"}
    path = f"/sns/oauth2/access_token?{half}"
    assert "openid" in await post(emulator, path, form, Authorization=BASIC)
    entry = await emulator.latest()
    assert (entry["appid"], entry["user"]) == (APPID, "alice")


async def test_a_login_still_reads_no_form(emulator: Harness) -> None:
    form = GOOD | {"js_code": await emulator.login()}
    assert (await post(emulator, "/sns/jscode2session", form))["errcode"] == 41002


async def test_rules_know_the_user_and_the_app_of_a_form(emulator: Harness) -> None:
    await emulator.rule({"errcode": -1}, on="oauth2_access_token", when={"user": "bob"})
    form = GOOD | {"code": await agree(emulator, "bob")}
    assert (await post(emulator, "/sns/oauth2/access_token", form))["errcode"] == -1
    assert "openid" in await log_in(emulator)


async def test_a_snapshot_of_the_world_brings_a_web_login_back(emulator: Harness) -> None:
    tokens, code = await log_in(emulator), await agree(emulator, scope="snsapi_base")
    taken = await emulator.control("GET", "state")
    await emulator.control("POST", "reset")
    await emulator.control("PUT", "state", taken)
    assert await emulator.control("GET", "state") == taken
    assert (await userinfo(emulator, tokens))["nickname"] == "alice"
    assert (await refresh(emulator, tokens["refresh_token"]))["openid"] == tokens["openid"]
    assert (await exchange(emulator, code))["scope"] == "snsapi_base"


async def test_what_has_ended_is_forgotten(emulator: Harness) -> None:
    tokens = await log_in(emulator)
    await emulator.advance(f"{61 * 86400}s")
    await emulator.forget_ended()
    held = (await emulator.control("GET", "state"))["entities"]
    assert [held[kind] for kind in ("Code", "Consent", "UserToken", "RefreshToken")] == [[]] * 4
    assert (await refresh(emulator, tokens["refresh_token"]))["errcode"] == 40030


async def test_a_fixed_code_is_refused_while_it_waits(emulator: Harness) -> None:
    await agree(emulator, code="known")
    body = {"appid": APPID, "code": "known"}
    status, problem = await emulator.call_control("POST", "wx/authorize", body)
    assert (status, problem["title"]) == (409, "Code taken")
