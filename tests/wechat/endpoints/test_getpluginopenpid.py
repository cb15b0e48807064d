"""`POST /wxa/getpluginopenpid` on a frozen clock."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support import APPID, NOON_RID, OTHER_APPID, SECRET, Harness

PATH = "/wxa/getpluginopenpid"


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    await emulator.control("PUT", f"apps/{OTHER_APPID}", {"secret": SECRET})
    return emulator


async def plugin_code(emulator: Harness, appid: str = APPID, user: str = "alice") -> str:
    answer = await emulator.control("POST", "wx/pluginLogin", {"appid": appid, "user": user})
    assert answer["errMsg"] == "pluginLogin:ok"
    return str(answer["code"])


async def ask(emulator: Harness, code: str) -> dict[str, Any]:
    token = await emulator.fetch_token()
    return await emulator.post(f"{PATH}?access_token={token}", {"code": code})


async def test_the_same_user_is_the_same_openpid(emulator: Harness) -> None:
    first, second = [await ask(emulator, await plugin_code(emulator)) for _ in range(2)]
    assert list(first) == ["errcode", "errmsg", "openpid"]
    assert re.fullmatch(r"G[\w-]{27}", first["openpid"])
    assert first == second
    assert first != await ask(emulator, await plugin_code(emulator, user="bob"))


async def test_whatever_is_wrong_with_the_code_is_1007_without_a_text(
    emulator: Harness,
) -> None:
    used, late = await plugin_code(emulator), await plugin_code(emulator)
    await ask(emulator, used)
    codes = [used, await emulator.login(), await plugin_code(emulator, OTHER_APPID), "x", ""]
    for code in codes:
        answer = await ask(emulator, code)
        assert answer["errcode"] == 1007
        assert answer["errmsg"].startswith(f" rid: {NOON_RID}-")
    await emulator.advance("5m")
    assert (await ask(emulator, late))["errcode"] == 1007


async def test_a_user_may_refuse(emulator: Harness) -> None:
    body = {"appid": APPID, "deny": True}
    answer = await emulator.control("POST", "wx/pluginLogin", body)
    assert answer["errMsg"] == "pluginLogin:fail auth deny"


async def test_the_hint_of_an_unknown_code_tells_where_to_get_one(emulator: Harness) -> None:
    await ask(emulator, "x")
    assert "POST /_emulator/v1/wx/pluginLogin" in (await emulator.latest())["hint"]
