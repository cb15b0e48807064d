"""`POST /cgi-bin/stable_token` on a frozen clock: bytes, countdown and forced refreshes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec import json

from emulator.core.duration import Duration
from emulator.world.behaviour import Quota, Quotas
from tests.support import APPID, NOON_RID, OTHER_APPID, SECRET, Harness, request
from tests.wechat.endpoints.answers import answer

PATH = "/cgi-bin/stable_token"
GOOD = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}


async def stable(emulator: Harness, **changed: Any) -> dict[str, Any]:
    """What stable_token answers; None leaves a field out."""
    body = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return await emulator.post(PATH, body)


async def test_success_byte_for_byte(emulator: Harness) -> None:
    response = (await emulator.send(request(PATH, "POST", body=json.encode(GOOD)))).decode()
    token = response.partition('"access_token":"')[2].partition('"')[0]
    assert re.fullmatch(r"89_[\w-]{133}", token)
    assert response == answer(f'{{"access_token":"{token}","expires_in":7200}}')


@pytest.mark.parametrize(
    ("changed", "errcode", "text"),
    [
        ({"appid": None}, 41002, "appid missing"),
        ({"appid": ""}, 41002, "appid missing"),
        ({"appid": 7}, 41002, "appid missing"),
        ({"appid": "wx" + "0" * 16, "grant_type": None}, 40013, "invalid appid"),
        ({"grant_type": None}, 40002, "invalid grant_type"),
        ({"grant_type": "authorization_code"}, 40002, "invalid grant_type"),
        ({"secret": None}, 41004, "appsecret missing"),
        ({"secret": "f" * 32}, 40125, "invalid appsecret"),
    ],
)
async def test_errors(emulator: Harness, changed: dict[str, Any], errcode: int, text: str) -> None:
    answer = await stable(emulator, **changed)
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text} rid: {NOON_RID}-")


@pytest.mark.parametrize(
    "body", [b"appid=wx&secret=x&grant_type=client_credential", b"", b"[]", b'{"appid":', b"\xff"]
)
async def test_a_body_that_is_no_json_object_is_41002(emulator: Harness, body: bytes) -> None:
    response = await emulator.send(request(PATH, "POST", body=body))
    assert b'{"errcode":41002,"errmsg":"appid missing rid: ' in response
    assert b"X-Emulator-Hint: " in response


async def test_a_get_is_43002(emulator: Harness) -> None:
    assert b'"errmsg":"require POST method rid: ' in await emulator.send(request(PATH))


async def test_a_body_in_chunks_is_412_with_nothing_in_it(emulator: Harness) -> None:
    head = request(PATH, "POST", "Transfer-Encoding: chunked")
    response = await emulator.send(head + b"2\r\n{}\r\n0\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 412 Precondition Failed\r\n")
    assert b"Content-Length: 0\r\n" in response


async def test_the_same_token_counts_down_to_five_minutes(emulator: Harness) -> None:
    first = await stable(emulator)
    await emulator.advance("6900s")
    assert await stable(emulator) == first | {"expires_in": 300}
    await emulator.advance("1s")
    second = await stable(emulator)
    assert second["expires_in"] == 7200
    assert second["access_token"] != first["access_token"]
    for token in (first, second):
        assert await emulator.token_state(token["access_token"]) == 0


async def test_a_forced_refresh_ends_the_token_before_at_once(emulator: Harness) -> None:
    first = await stable(emulator)
    second = await stable(emulator, force_refresh=True)
    assert await emulator.token_state(first["access_token"]) == 40001
    assert await emulator.token_state(second["access_token"]) == 0


async def test_forced_refreshes_are_30_seconds_apart(emulator: Harness) -> None:
    await stable(emulator)
    first = await stable(emulator, force_refresh=True)
    await emulator.advance("29s")
    assert (await stable(emulator, force_refresh=True))["access_token"] == first["access_token"]
    await emulator.advance("1s")
    assert (await stable(emulator, force_refresh=True))["access_token"] != first["access_token"]


async def test_a_day_in_beijing_has_20_forced_refreshes(emulator: Harness) -> None:
    tokens = [(await stable(emulator))["access_token"]]
    for _ in range(21):
        tokens.append((await stable(emulator, force_refresh=True))["access_token"])
        await emulator.advance("30s")
    assert len(set(tokens)) == 21
    await emulator.freeze("2026-01-02T00:00:00+08:00")
    assert (await stable(emulator))["access_token"] not in tokens
    assert await stable(emulator) != await stable(emulator, force_refresh=True)


async def test_each_app_has_forced_refreshes_of_its_own(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{OTHER_APPID}", {"secret": SECRET})
    first = await stable(emulator, appid=OTHER_APPID)
    for _ in range(21):
        await stable(emulator, force_refresh=True)
        await emulator.advance("30s")
    second = await stable(emulator, appid=OTHER_APPID, force_refresh=True)
    assert second["access_token"] != first["access_token"]


async def test_a_token_that_has_expired_is_not_ended_by_force(emulator: Harness) -> None:
    token = (await stable(emulator))["access_token"]
    await emulator.advance("2h")
    await stable(emulator, force_refresh=True)
    assert await emulator.token_state(token) == 42001


async def test_the_two_kinds_never_touch_each_other(emulator: Harness) -> None:
    kept = await stable(emulator)
    plain = await emulator.fetch_token()
    await stable(emulator, force_refresh=True)
    assert await emulator.token_state(plain) == 0
    assert await emulator.token_state(kept["access_token"]) == 40001


async def test_the_eleventh_call_of_a_minute_of_ten_is_45011(emulator: Harness) -> None:
    emulator.behave(quotas=Quotas(stable_token=Quota(minute=10)))
    for _ in range(10):
        assert "access_token" in await stable(emulator)
    refused = await stable(emulator)
    assert refused["errcode"] == 45011
    assert refused["errmsg"].startswith(
        "api minute-quota reach limit, must slower, retry next minute rid: "
    )
    await emulator.advance("60s")
    assert "access_token" in await stable(emulator)


async def test_its_quota_is_not_that_of_token(emulator: Harness) -> None:
    emulator.behave(quotas=Quotas(token=Quota(day=1), stable_token=Quota(day=1)))
    assert await emulator.fetch_token()
    assert "access_token" in await stable(emulator)
    assert (await stable(emulator))["errcode"] == 45009


async def test_an_address_off_the_whitelist_is_40164(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"ip_whitelist": ["10.0.0.0/8"]})
    assert (await stable(emulator))["errcode"] == 40164


async def test_a_stable_token_is_the_same_until_the_overlap(emulator: Harness) -> None:
    emulator.behave(token_expires_in=Duration(1000), token_overlap=Duration(100))
    first = await stable(emulator)
    for wait, left in (("900s", 100), ("1s", 1000)):
        await emulator.advance(wait)
        answer = await stable(emulator)
        assert answer["expires_in"] == left
        assert (answer["access_token"] == first["access_token"]) == (left == 100)
