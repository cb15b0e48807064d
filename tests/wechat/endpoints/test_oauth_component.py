"""OAuth on behalf of an account, by a third-party platform."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support import APPID, OTHER_APPID, Harness

PLATFORM = "wx00000000c0770e47"
TOKEN = "89_platform"
BY_PLATFORM = {"appid": APPID, "component_appid": PLATFORM, "component_access_token": TOKEN}
EXCHANGE = BY_PLATFORM | {"grant_type": "authorization_code"}
REFRESH = BY_PLATFORM | {"grant_type": "refresh_token"}


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    await emulator.control("PUT", f"apps/{APPID}", {"platforms": {PLATFORM: TOKEN}})
    return emulator


async def code(emulator: Harness) -> str:
    body = {"appid": APPID, "scope": "snsapi_userinfo"}
    return str((await emulator.control("POST", "wx/authorize", body))["code"])


async def ask(emulator: Harness, what: str, params: dict[str, Any]) -> Any:
    sent = {name: value for name, value in params.items() if value is not None}
    return await emulator.get(f"/sns/oauth2/component/{what}?{urlencode(sent)}")


async def test_a_platform_exchanges_and_refreshes(emulator: Harness) -> None:
    tokens = await ask(emulator, "access_token", EXCHANGE | {"code": await code(emulator)})
    assert list(tokens) == ["access_token", "expires_in", "refresh_token", "openid", "scope"]
    again = await ask(
        emulator, "refresh_token", REFRESH | {"refresh_token": tokens["refresh_token"]}
    )
    assert again == tokens


async def test_a_code_works_once(emulator: Harness) -> None:
    sent = EXCHANGE | {"code": await code(emulator)}
    await ask(emulator, "access_token", sent)
    assert (await ask(emulator, "access_token", sent))["errcode"] == 40163


BOTH = [
    ({"appid": None}, 41002),
    ({"appid": OTHER_APPID}, 40013),
    ({"component_appid": None}, 41002),
    ({"component_appid": OTHER_APPID}, 61003),
    ({"component_access_token": None}, 41001),
    ({"component_access_token": "89_other"}, 40001),
    ({"grant_type": None}, 40002),
]


@pytest.mark.parametrize(("changed", "errcode"), [*BOTH, ({"code": None}, 41008)])
async def test_errors_of_an_exchange(
    emulator: Harness, changed: dict[str, Any], errcode: int
) -> None:
    sent = EXCHANGE | {"code": await code(emulator)} | changed
    assert (await ask(emulator, "access_token", sent))["errcode"] == errcode


@pytest.mark.parametrize(("changed", "errcode"), [*BOTH, ({"refresh_token": None}, 41003)])
async def test_errors_of_a_refresh(
    emulator: Harness, changed: dict[str, Any], errcode: int
) -> None:
    sent = REFRESH | {"refresh_token": "x"} | changed
    assert (await ask(emulator, "refresh_token", sent))["errcode"] == errcode


async def test_the_platform_hears_whose_code_it_is(emulator: Harness) -> None:
    link = {
        "appid": APPID,
        "redirect_uri": "https://site.example/back",
        "scope": "snsapi_base",
        "component_appid": PLATFORM,
    }
    url = f"{emulator.url}/connect/oauth2/authorize?{urlencode(link)}"
    async with emulator.http.get(url, allow_redirects=False) as answer:
        assert answer.headers["Location"].endswith(f"&state=&appid={APPID}")
