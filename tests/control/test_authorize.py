"""`POST wx/authorize`: a web login without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import APPID, Harness

BACK = "https://site.example/back#/x"


async def test_the_location_is_built_as_the_door_of_the_scope_builds_it(emulator: Harness) -> None:
    body = {"appid": APPID, "redirect_uri": BACK, "state": "a b"}
    got = await emulator.control("POST", "wx/authorize", body)
    assert got["location"] == f"{BACK}?code={got['code']}&state=a%20b"
    got = await emulator.control("POST", "wx/authorize", body | {"scope": "snsapi_base"})
    assert got["location"] == f"https://site.example/back?code={got['code']}&state=a%20b#/x"


async def test_without_a_redirect_uri_there_is_a_code_alone(emulator: Harness) -> None:
    got = await emulator.control("POST", "wx/authorize", {})
    assert (len(got["code"]), got["location"]) == (32, None)


async def test_who_refuses_gives_no_code(emulator: Harness) -> None:
    body = {"appid": APPID, "redirect_uri": BACK, "scope": "snsapi_userinfo", "deny": True}
    assert await emulator.control("POST", "wx/authorize", body) == {"code": None, "location": None}
    emulator.behave(oauth_refusal="state_only")
    got = await emulator.control("POST", "wx/authorize", body)
    assert got == {"code": None, "location": "https://site.example/back?state=#/x"}


KINDS = [
    ("website", {}, "snsapi_login"),
    ("official_account", {}, "snsapi_userinfo"),
    ("mobile", {}, "snsapi_userinfo"),
    ("mini_program", {}, None),
    ("official_account", {"scope": "snsapi_login"}, None),
    ("website", {"scope": "snsapi_base"}, None),
]


@pytest.mark.parametrize(("kind", "asked", "scope"), KINDS)
async def test_each_kind_of_app_has_logins_of_its_own(
    emulator: Harness, kind: str, asked: dict[str, Any], scope: str | None
) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"kind": kind})
    status, got = await emulator.call_control("POST", "wx/authorize", asked)
    if scope is None:
        assert (status, got["title"]) == (422, "Scope 参数错误或没有 Scope 权限")
        assert kind in got["detail"]
        return
    query = f"appid={APPID}&secret=x&grant_type=authorization_code&code={got['code']}"
    assert (await emulator.get(f"/sns/oauth2/access_token?{query}"))["scope"] == scope


@pytest.mark.parametrize(("kind", "minutes"), [("mobile", 10), ("official_account", 5)])
async def test_a_code_lives_as_long_as_the_kind_says(
    emulator: Harness, kind: str, minutes: int
) -> None:
    await emulator.freeze()
    await emulator.control("PUT", f"apps/{APPID}", {"kind": kind})
    code = (await emulator.control("POST", "wx/authorize", {}))["code"]
    await emulator.advance(f"{minutes * 60}s")
    query = f"appid={APPID}&secret=x&grant_type=authorization_code&code={code}"
    assert (await emulator.get(f"/sns/oauth2/access_token?{query}"))["errcode"] == 40029
    assert f"codes live {minutes * 60} s" in (await emulator.latest())["hint"]


async def test_an_address_the_app_has_not_declared_is_refused(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"callback_domain": "site.example"})
    body = {"redirect_uri": "https://other.example/"}
    status, got = await emulator.call_control("POST", "wx/authorize", body)
    assert (status, got["title"]) == (422, "redirect_uri 参数错误")
