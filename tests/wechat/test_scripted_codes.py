"""Codes that carry their own script, and codes minted with one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import ClientPayloadError, ClientTimeout
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.world.behaviour import Quota, Quotas
from tests.support import APPID, OTHER_APPID, Harness, jscode2session

GOOD: list[tuple[str, int]] = [
    ("emu.alice", 0),
    ("emu.Alice-B", 0),
    ("emu.小艾", 0),
    ("emu.alice.once-7f3a", 0),
    ("emu.alice.once-a-b", 0),
    ("emu.alice.age-299s", 0),
    ("emu.alice.age-0", 0),
    ("emu.alice.age-300s", 40029),
    ("emu.alice.once-1.age-299s", 0),
    ("emu.alice.once-1.age-300s", 40029),
    ("emu.alice.age-5m1s", 40029),
    ("emu.alice.errcode-40163", 40163),
    ("emu.alice.errcode--1", -1),
    ("emu.alice.delay-0s", 0),
    ("emu.alice.delay-0s.errcode-45011", 45011),
    ("emu.alice.errcode-45011.delay-0s", 45011),
    ("emu.alice.once-1.age-10s.content_type-a/b", 0),
    ("emu.alice.dribble-0s", 0),
    ("emu.alice.dribble-0s.truncate-500", 0),
]
MALFORMED: list[tuple[str, str]] = [
    ("emu.", "expected a user's name after 'emu.', as in emu.alice"),
    ("emu..once-1", "expected a user's name after 'emu.'"),
    ("emu.alice.", "expected a word such as delay-3s after each dot, got ''"),
    ("emu.alice..reset", "expected a word such as delay-3s after each dot, got ''"),
    ("emu.alice.delay-1.5s", "got '5s' (a value holds no dot: write 1500ms, not 1.5s)"),
    ("emu.alice.dely-3s", "unknown word 'dely'; did you mean 'delay'?"),
    ("emu.alice.onc-1", "unknown word 'onc'; did you mean 'once'?"),
    ("emu.alice.once", "'once' wants a value of your own, as in once-7f3a"),
    ("emu.alice.once-", "'once' wants a value of your own"),
    ("emu.alice.age", "'age': expected a duration such as 90s"),
    ("emu.alice.age-soon", "'age': expected a duration such as 90s"),
    ("emu.alice.delay", "delay: expected a duration such as 90s"),
    ("emu.alice.delay-", "delay: expected a duration such as 90s"),
    ("emu.alice.errcode-x", "errcode: expected a whole number, got 'x'"),
    ("emu.alice.errcode", "errcode: expected a whole number, or a mapping"),
    ("emu.alice.errcode-99999", "errcode: expected an errcode of the table"),
    ("emu.alice.errcode-1e3", "errcode: expected a whole number, got '1e3'"),
    ("emu.alice.status-99", "status: expected a whole number of at least 200 up to 599, got 99"),
    ("emu.alice.reset-1", "reset: expected true"),
    ("emu.alice.delay-1s.delay-2s", "'delay' stands there twice"),
    ("emu.alice.errcode--1.status-502", "status: expected one answer to a call"),
    ("emu.alice.field-openid", "field: expected a mapping"),
]


async def login(emulator: Harness, code: str, **changed: str) -> tuple[int, str]:
    """The errcode (0 is a session) and the hint."""
    await emulator.exchange(code, **changed)
    entry = (await emulator.control("GET", "requests"))["requests"][-1]
    return entry["errcode"] or 0, entry["hint"] or ""


@pytest.mark.parametrize(("code", "errcode"), GOOD)
async def test_a_good_script_does_what_it_says(emulator: Harness, code: str, errcode: int) -> None:
    assert (await login(emulator, code))[0] == errcode


@pytest.mark.parametrize(("code", "says"), MALFORMED)
async def test_a_malformed_one_is_40029_and_the_hint_says_why(
    emulator: Harness, code: str, says: str
) -> None:
    errcode, hint = await login(emulator, code)
    assert errcode == 40029
    assert hint.startswith("scripted code")
    assert says in hint


async def test_it_always_logs_the_same_user_in(emulator: Harness) -> None:
    openids = {(await emulator.exchange("emu.alice"))["openid"] for _ in range(3)}
    openids.add((await emulator.exchange(await emulator.login("alice")))["openid"])
    assert len(openids) == 1


async def test_an_ended_one_says_since_when(emulator: Harness) -> None:
    assert (await login(emulator, "emu.alice.age-301s"))[1] == (
        "the code ended 1 s ago (codes live 300 s)"
    )


async def test_once_works_once_among_racing_calls(emulator: Harness) -> None:
    answers = await asyncio.gather(*(emulator.exchange("emu.alice.once-1") for _ in range(50)))
    assert sorted(answer.get("errcode", 0) for answer in answers) == [0] + [40163] * 49
    assert "openid" in await emulator.exchange("emu.alice.once-2")


async def test_once_stays_used_for_a_day_and_a_reset_forgets_it(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.exchange("emu.alice.once-1")
    await emulator.advance("23h59m59s")
    await emulator.forget_ended()
    assert (await emulator.exchange("emu.alice.once-1"))["errcode"] == 40163
    await emulator.control("POST", "reset")
    assert "openid" in await emulator.exchange("emu.alice.once-1")


async def test_the_parameters_are_checked_before_the_script_acts(emulator: Harness) -> None:
    assert (await login(emulator, "emu.alice.errcode--1", secret=""))[0] == 41004
    assert (await login(emulator, "emu.alice.errcode--1", appid="x"))[0] == 40013


async def test_a_used_code_has_no_script_left(emulator: Harness) -> None:
    code = "emu.alice.once-1.delay-0s"
    await emulator.exchange(code)
    errcode, hint = await login(emulator, code)
    assert errcode == 40163
    assert hint == "this code was exchanged just now; each code works once"


async def test_a_malformed_once_code_does_not_spoil_a_snapshot(emulator: Harness) -> None:
    assert (await login(emulator, "emu.alice.once-1.ercode-1"))[0] == 40029
    await emulator.control("PUT", "state", await emulator.control("GET", "state"))
    assert (await login(emulator, "emu.alice.once-1.ercode-1"))[0] == 40029


async def test_only_declared_users_log_in_once_one_is_declared(emulator: Harness) -> None:
    await emulator.control("PUT", "users/alice", {})
    assert (await login(emulator, "emu.alice"))[0] == 0
    errcode, hint = await login(emulator, "emu.alce")
    assert errcode == 40029
    assert hint == (
        "scripted code: user 'alce' is not declared in world 'default' (declared: alice); "
        "did you mean 'alice'?"
    )


async def test_they_can_be_turned_off(emulator: Harness) -> None:
    emulator.behave(scripted_codes=False)
    errcode, hint = await login(emulator, "emu.alice")
    assert errcode == 40029
    assert "behaviour.scripted_codes: false" in hint


async def test_a_quota_counts_a_scripted_call_once(emulator: Harness) -> None:
    emulator.behave(quotas=Quotas(sns=Quota(minute=3)))
    answers = [await login(emulator, "emu.alice.delay-0s") for _ in range(4)]
    assert [errcode for errcode, _ in answers] == [0, 0, 0, 45011]
    emulator.behave(quotas=Quotas(wxa=Quota(minute=1)))
    target = f"/wxa/business/getuserphonenumber?access_token={await emulator.fetch_token()}"
    for errcode in (0, 45011):
        phone = await emulator.post(target, {"code": "emu.alice.delay-0s"})
        assert phone["errcode"] == errcode


async def test_a_wrong_secret_is_told_also_to_a_scripted_code(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": "0" * 32})
    assert (await login(emulator, "emu.alice.delay-0s"))[0] == 40125
    assert (await login(emulator, "emu.alice", secret="0" * 32))[0] == 0


MINTED: list[tuple[dict[str, Any], list[int]]] = [
    ({"then": {"errcode": -1}}, [-1, -1, -1]),
    ({"then": {"delay": "0s"}}, [0, 40163, 40163]),
    ({"age": "5m1s", "then": {"errcode": -1}}, [40029, 40029, 40029]),
    ({"expires_in": "10s", "age": "9s"}, [0, 40163, 40163]),
    ({"expires_in": "10s", "age": "10s"}, [40029, 40029, 40029]),
    ({"code": "my-code_1"}, [0, 40163, 40163]),
]


@pytest.mark.parametrize(("fields", "errcodes"), MINTED)
async def test_a_login_may_script_its_code(
    emulator: Harness, fields: dict[str, Any], errcodes: list[int]
) -> None:
    code = await emulator.login(**fields)
    assert [(await login(emulator, code))[0] for _ in errcodes] == errcodes


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"then": {"ercode": -1}}, "did you mean 'errcode'?"),
        ({"then": {}}, "then: expected a mapping of effects"),
        ({"code": "emu.alice"}, "code: expected a code: up to 128"),
        ({"code": "a b"}, "code: expected a code: up to 128"),
        ({"code": "x" * 129}, "code: expected a code: up to 128"),
    ],
)
async def test_a_login_with_a_mistake_mints_nothing(
    emulator: Harness, fields: dict[str, Any], says: str
) -> None:
    status, problem = await emulator.call_control("POST", "wx/login", fields)
    assert status == 422
    assert says in problem["detail"]


async def test_a_once_code_is_gone_for_every_app_and_names_the_one_that_used_it(
    emulator: Harness,
) -> None:
    await emulator.exchange("emu.alice.once-1")
    errcode, hint = await login(emulator, "emu.alice.once-1", appid=OTHER_APPID)
    assert errcode == 40163
    assert APPID in hint


async def test_a_percent_encoded_script_is_read(emulator: Harness) -> None:
    target = jscode2session(js_code="X").replace("js_code=X", "js_code=emu%2Ealice%2Eerrcode%2D-1")
    assert (await emulator.get(target))["errcode"] == -1


async def test_a_phone_code_may_be_scripted_too(emulator: Harness) -> None:
    token = (
        await emulator.get(f"/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret=x")
    )["access_token"]
    url = f"{emulator.url}/wxa/business/getuserphonenumber?access_token={token}"
    errcodes = []
    for code in ("emu.alice", "emu.alice.errcode--1", "emu.alice.eror-1"):
        async with emulator.http.post(url, json={"code": code}) as response:
            errcodes.append((await response.json(content_type=None))["errcode"])
    assert errcodes == [0, -1, 40029]


SCRIPTS = st.lists(
    st.one_of(
        st.sampled_from(["once", "age", "errcode", "status", "truncate", "body", "field", "x"]),
        st.text(max_size=8),
    ).flatmap(lambda word: st.text(max_size=8).map(lambda value: f"{word}-{value}")),
    max_size=4,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parts=SCRIPTS)
async def test_no_script_is_a_defect(emulator: Harness, parts: list[str]) -> None:
    async with emulator.http.get(
        emulator.url + jscode2session(js_code=".".join(["emu.alice", *parts])),
        timeout=ClientTimeout(total=5),
    ) as response:
        with suppress(ClientPayloadError):
            await response.read()
    hint = response.headers.get("X-Emulator-Hint", "")
    assert response.status != 500 or "status" in hint


async def test_a_user_has_a_name_of_at_most_128_characters(emulator: Harness) -> None:
    assert "openid" in await emulator.exchange("emu." + "u" * 128)
    assert (await emulator.exchange("emu." + "u" * 129))["errcode"] == 40029
    hint = (await emulator.latest())["hint"]
    assert hint == "scripted code: expected a user's name of at most 128 characters, got 129"
