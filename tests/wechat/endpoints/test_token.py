"""`GET /cgi-bin/token` on a frozen clock: its bytes, its errors, and how tokens end."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from emulator.core.duration import Duration
from emulator.world.behaviour import Quota, Quotas
from tests.support import APPID, NOON_RID, SECRET, Harness, request
from tests.wechat.endpoints.answers import answer

GOOD = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}


def target(**changed: str | None) -> str:
    params = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return "/cgi-bin/token?" + urlencode(params)


async def test_success_byte_for_byte(emulator: Harness) -> None:
    response = (await emulator.send(request(target()))).decode()
    token = response.partition('"access_token":"')[2].partition('"')[0]
    assert re.fullmatch(r"89_[\w-]{133}", token)
    assert response == answer(f'{{"access_token":"{token}","expires_in":7200}}')


@pytest.mark.parametrize(
    ("changed", "errcode", "text"),
    [
        ({"appid": None}, 41002, "appid missing"),
        ({"appid": "wx" + "0" * 16, "grant_type": None}, 40013, "invalid appid"),
        ({"grant_type": None}, 40002, "invalid grant_type"),
        ({"grant_type": "authorization_code", "secret": None}, 40002, "invalid grant_type"),
        ({"secret": None}, 41004, "appsecret missing"),
        ({"secret": "f" * 32}, 40125, "invalid appsecret"),
    ],
)
async def test_errors(emulator: Harness, changed: dict[str, Any], errcode: int, text: str) -> None:
    answer = await emulator.get(target(**changed))
    assert list(answer) == ["errcode", "errmsg"]
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text} rid: {NOON_RID}-")


async def test_an_address_off_the_whitelist_is_40164(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"ip_whitelist": ["10.0.0.0/8"]})
    answer = await emulator.get(target())
    assert answer["errmsg"].startswith(
        "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: "
    )


async def test_every_call_gives_a_new_token_and_the_old_one_five_minutes(
    emulator: Harness,
) -> None:
    first, second = await emulator.fetch_token(), await emulator.fetch_token()
    assert first != second
    await emulator.advance("299s")
    assert await emulator.token_state(first) == 0
    await emulator.advance("1s")
    assert await emulator.token_state(first) == 40001
    assert await emulator.token_state(second) == 0


async def test_a_token_expires_after_two_hours(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.advance("7199s")
    assert await emulator.token_state(token) == 0
    await emulator.advance("1s")
    assert await emulator.token_state(token) == 42001


async def test_a_token_replaced_in_its_last_minutes_still_expires(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.advance("7000s")
    await emulator.fetch_token()
    await emulator.advance("200s")
    assert await emulator.token_state(token) == 42001


async def test_2000_tokens_are_a_days_and_midnight_in_beijing_gives_new_ones(
    emulator: Harness,
) -> None:
    emulator.behave(quotas=Quotas(token=Quota(day=2)))
    for _ in range(2):
        await emulator.fetch_token()
    answer = await emulator.get(target())
    assert answer["errcode"] == 45009
    assert answer["errmsg"].startswith(
        "reach max api daily quota limit, could get access_token by getStableAccessToken, "
        "more details at https://mmbizurl.cn/s/JtxxFh33r rid: "
    )
    await emulator.freeze("2026-01-02T00:00:00+08:00")
    assert await emulator.fetch_token()


def test_the_documented_quotas_are_on_for_tokens_and_off_for_logins() -> None:
    quotas = Quotas()
    assert quotas.token == Quota(day=2000)
    assert quotas.stable_token == Quota(minute=10_000, day=500_000)
    assert (quotas.sns, quotas.wxa) == ("off", "off")


async def test_a_refused_secret_costs_no_quota(emulator: Harness) -> None:
    emulator.behave(quotas=Quotas(token=Quota(day=1)))
    await emulator.get(target(secret="f" * 32))
    assert await emulator.fetch_token()


async def test_logins_have_a_quota_where_the_scenario_says_so(emulator: Harness) -> None:
    emulator.behave(quotas=Quotas(sns=Quota(minute=1)))
    assert "openid" in await emulator.exchange(await emulator.login())
    refused = await emulator.exchange(code := await emulator.login())
    assert refused["errcode"] == 45011
    assert refused["errmsg"].startswith(
        "api minute-quota reach limit, must slower, retry next minute, rid: "
    )
    await emulator.advance("1m")
    assert "openid" in await emulator.exchange(code)


async def test_a_minute_and_a_day_are_counted_apart(emulator: Harness) -> None:
    emulator.behave(quotas=Quotas(sns=Quota(minute=2, day=3)))
    await emulator.freeze("2026-01-01T12:00:59+08:00")
    for wait, errcodes in (("1s", [None, None, 45011]), ("60s", [None, 45009])):
        answers = [await emulator.exchange("emu.alice", secret=SECRET) for _ in errcodes]
        assert [answer.get("errcode") for answer in answers] == errcodes
        await emulator.advance(wait)


async def test_lifetime_and_overlap_are_switches(emulator: Harness) -> None:
    emulator.behave(token_expires_in=Duration(1000), token_overlap=Duration(100))
    first = await emulator.get(target())
    assert first["expires_in"] == 1000
    await emulator.fetch_token()
    for wait, errcode in (("99s", 0), ("1s", 40001)):
        await emulator.advance(wait)
        assert await emulator.token_state(first["access_token"]) == errcode
