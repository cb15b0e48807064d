"""The shipped scenarios around the access_token and the session_key, each as it happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.support import Harness, StartEmulator, signed

APPID = "wx0000000000000001"
FOLDER = Path(__file__).parents[2] / "scenarios"
PHONE = "/wxa/business/getuserphonenumber"


@pytest.fixture
async def emulator(request: pytest.FixtureRequest, start_emulator: StartEmulator) -> Harness:
    scenario = str(request.node.get_closest_marker("wechat_emulator").args[0])
    return await start_emulator(scenario=str(FOLDER / f"{scenario}.yaml"))


async def token(emulator: Harness) -> dict[str, Any]:
    query = {"grant_type": "client_credential", "appid": APPID, "secret": "any"}
    return await emulator.get("/cgi-bin/token?" + urlencode(query))


async def session(emulator: Harness) -> dict[str, Any]:
    return await emulator.exchange(await emulator.login(appid=APPID), appid=APPID)


async def check(emulator: Harness, held: dict[str, Any]) -> int:
    """What checksession answers to a fresh token."""
    fresh = (await token(emulator))["access_token"]
    return int((await emulator.get(signed("/wxa/checksession", fresh, held)))["errcode"])


@pytest.mark.wechat_emulator("token-expired")
async def test_a_fresh_token_heals_a_42001(emulator: Harness) -> None:
    held = await session(emulator)
    assert [await check(emulator, held) for _ in range(2)] == [42001, 0]


@pytest.mark.wechat_emulator("token-expired")
async def test_the_same_token_is_42001_again(emulator: Harness) -> None:
    fresh = (await token(emulator))["access_token"]
    assert [await emulator.token_state(fresh) for _ in range(2)] == [42001] * 2


@pytest.mark.wechat_emulator("token-never-heals")
async def test_no_token_heals_a_40001(emulator: Harness) -> None:
    held = await session(emulator)
    assert [await check(emulator, held) for _ in range(3)] == [40001] * 3


@pytest.mark.wechat_emulator("token-quota")
async def test_the_third_token_of_a_day_is_45009(emulator: Harness) -> None:
    await emulator.freeze()
    answers = [await token(emulator) for _ in range(3)]
    assert [answer.get("errcode") for answer in answers] == [None, None, 45009]
    await emulator.advance("12h")
    assert "access_token" in await token(emulator)


@pytest.mark.wechat_emulator("phone-code-reused")
async def test_a_lost_answer_spends_the_phone_code(emulator: Harness) -> None:
    code = (await emulator.control("POST", "wx/getPhoneNumber", {"appid": APPID}))["code"]
    target = f"{PHONE}?access_token={(await token(emulator))['access_token']}"
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await emulator.post(target, {"code": code})
    assert (await emulator.post(target, {"code": code}))["errcode"] == 40029


@pytest.mark.wechat_emulator("session-timed-out")
async def test_a_session_ends_after_a_minute(emulator: Harness) -> None:
    who = {"appid": APPID}
    held = await session(emulator)
    assert await emulator.control("POST", "wx/checkSession", who) == {"errMsg": "checkSession:ok"}
    await emulator.advance("1m")
    over = "fail session time out, need relogin"
    answer = await emulator.control("POST", "wx/checkSession", who)
    assert answer == {"errMsg": f"checkSession:{over}"}
    answer = await emulator.control("POST", "wx/getUserInfo", who)
    assert answer["errMsg"] == f"getUserInfo:{over}"
    assert await check(emulator, held) == 87007


@pytest.mark.wechat_emulator("session-timed-out")
async def test_a_new_login_opens_a_new_session(emulator: Harness) -> None:
    await session(emulator)
    await emulator.advance("1m")
    assert await check(emulator, await session(emulator)) == 0


async def test_a_scenario_declares_payments_and_platforms(start_emulator: StartEmulator) -> None:
    scenario = f"""
        version: 1
        apps: [{{appid: {APPID}, open_platform: acme, platforms: {{wx00000000c0770e47: ""}}}}]
        users:
          - name: alice
            payments: [{{transaction_id: "4200001", at: 2026-01-01T12:00:00+08:00}}]
        clock: {{at: 2026-01-01T12:01:00+08:00, frozen: true}}
    """
    emulator = await start_emulator(scenario_inline=scenario)
    openid = emulator.world().ids.openid(APPID, "alice")
    fresh = (await token(emulator))["access_token"]
    paid = {"access_token": fresh, "openid": openid, "transaction_id": "4200001"}
    assert "unionid" in await emulator.get("/wxa/getpaidunionid?" + urlencode(paid))
    shown = await emulator.control("GET", f"apps/{APPID}")
    assert list(shown["platforms"]) == ["wx00000000c0770e47"]


async def test_a_payments_moment_needs_an_offset(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator()
    body = {"payments": [{"at": "2026-01-01T12:00:00"}]}
    status, problem = await emulator.call_control("PUT", "users/alice", body)
    assert status == 422
    assert (
        "payments[0].at: expected a moment such as 2026-01-01T08:00:00+08:00" in (problem["detail"])
    )
