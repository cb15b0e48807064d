"""The scenarios we ship: each one loads, happens, and says what a good backend does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import DecodeError, json

from emulator.wechat import crypto
from tests.reference_scripts import notes
from tests.rules.effects.raw import Connection
from tests.support import Harness, StartEmulator, jscode2session, parted, request

APPID = "wx0000000000000001"
SECRET = "1" * 32
FOLDER = Path(__file__).parents[2] / "scenarios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
TOKEN = f"/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={SECRET}"

StartScenario = Callable[[str], Awaitable[Harness]]


def happened(status: int, body: bytes) -> str:
    """An answer in a word: session, token, an errcode, a status, or what the body is instead."""
    if status != 200:
        return str(status)
    try:
        fields = json.decode(body, type=dict[str, Any])
    except DecodeError:
        return "html" if body.startswith(b"<html>") else "no json"
    if errcode := fields.get("errcode"):
        return str(errcode)
    return "session" if "session_key" in fields else "token"


async def call(emulator: Harness, target: str, patience: float = 5) -> str:
    """What a bare socket gets on a new connection; real clients may repeat a call unasked."""
    async with Connection(emulator.port) as connection:
        try:
            async with asyncio.timeout(patience):
                answer = await connection.ask(target)
        except TimeoutError:
            return "no answer"
        except ConnectionResetError:
            return "reset"
    head, body = parted(answer)
    if not head:
        return "closed"
    whole = b"Content-Length: %d\r\n" % len(body) in head + b"\r\n"
    return happened(int(head[9:12]), body) if whole else "cut off"


def login(code: str, appid: str = APPID) -> str:
    """The target of an exchange."""
    return jscode2session(js_code=code, appid=appid, secret=SECRET)


EXPIRED, KNOWN = "0f1ExpiredCodeOfAlice00000000000", "0a1AliceKnownCode000000000000000"
OTHERS = "0a2AliceInTheSecondApp0000000000"
# scenario: what is sent, what happens. `fresh` is a new code, `same` the one before once more,
# `token` a call of /cgi-bin/token, +1m and the like move the clock, all else is a code's text.
FLOWS: dict[str, list[tuple[str, str]]] = {
    "account-punished": [("token", "50004"), ("fresh", "session")],
    "awkward-names": [("emu.emoji", "session"), ("emu.control", "session")],
    "bad-day": [],
    "busy-burst": [("fresh", "-1"), ("same", "-1"), ("same", "session")],
    "chunked-post-412": [("token", "token")],
    "code-blocked": [("emu.mallory", "40226"), ("emu.alice", "session"), ("emu.mallory", "40226")],
    "connection-reset": [("fresh", "reset"), ("same", "session")],
    "decrypt-race": [("fresh", "session"), ("fresh", "session")],
    "empty-body": [("fresh", "no json"), ("same", "session")],
    "errcode-zero": [("fresh", "session")],
    "expired-code": [(EXPIRED, "40029"), ("same", "40029"), ("fresh", "session")],
    "gateway-502": [("fresh", "502"), ("same", "502"), ("same", "session")],
    "gateway-504": [("fresh", "no answer"), ("same", "session")],
    "hang": [("fresh", "no answer"), ("same", "session")],
    "html-with-200": [("fresh", "html"), ("same", "session")],
    "intermittent-40029": [],
    "ip-not-whitelisted": [("fresh", "40164")],
    "json-content-type": [("fresh", "session")],
    "keep-alive-drop": [("fresh", "session"), ("fresh", "session")],
    "legacy-expires-in": [("fresh", "session")],
    "lost-answer": [("fresh", "closed"), ("same", "40163"), ("fresh", "session")],
    "minute-quota": [
        *[("emu.alice", "session")] * 3,
        *[("emu.alice", "45011")] * 2,
        ("+1m", ""),
        ("emu.alice", "session"),
    ],
    "no-unionid": [("fresh", "session")],
    "reused-code": [(KNOWN, "session"), (KNOWN, "40163"), ("fresh", "session")],
    "secret-frozen": [("token", "40243"), ("emu.alice", "40243"), ("+10m", ""), ("token", "token")],
    "session-key-slashes": [("fresh", "session")],
    "slow": [],
    "slow-body": [("fresh", "no answer")],
    "stale-session-key": [("fresh", "session")],
    "token-killed": [("token", "token")],
    "truncated-json": [("fresh", "cut off"), ("same", "40163"), ("fresh", "session")],
    "two-apps": [(OTHERS, "40029"), (OTHERS, "40163")],
    "wrong-secret": [("fresh", "40125"), ("token", "40125")],
}
# Where the client's patience ends the test quickly, on a clock that stands still.
IMPATIENT = {"gateway-504", "hang", "slow-body"}


@pytest.fixture
async def start_scenario(start_emulator: StartEmulator) -> StartScenario:
    async def start(name: str) -> Harness:
        emulator = await start_emulator(scenario=name)
        await emulator.control("PUT", "clock", {"frozen": True})
        return emulator

    return start


@pytest.mark.parametrize("name", FLOWS)
async def test_it_happens_as_described(start_scenario: StartScenario, name: str) -> None:
    emulator = await start_scenario(name)
    patience, code = 0.3 if name in IMPATIENT else 5, ""
    for sent, expected in FLOWS[name]:
        if sent.startswith("+"):
            await emulator.advance(sent[1:])
            continue
        if sent == "fresh":
            code = await emulator.login(appid=APPID)
        elif sent != "same":
            code = sent
        target = TOKEN if sent == "token" else login(code)
        assert await call(emulator, target, patience) == expected, (sent, expected)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_a_good_backend_does(name: str) -> None:
    about = notes(FOLDER / f"{name}.yaml")
    assert about.good.startswith("A good backend ")
    assert about.good.endswith(".")
    assert len(about.story) > 40
    assert len(about.title) > 10


def test_the_situations_of_the_failure_catalogue_are_there() -> None:
    assert len(NAMES) >= 20
    # Tokens, phone codes, session checks and calls outside the login have flows of their own.
    others = ("test_tokens_and_keys.py", "test_other_calls.py")
    elsewhere = "".join((Path(__file__).parent / name).read_text() for name in others)
    assert [name for name in NAMES if name not in FLOWS and f'"{name}"' not in elsewhere] == []


async def exchanged(emulator: Harness, code: str = "emu.alice") -> bytes:
    """The body of a login."""
    return parted(await emulator.send(request(login(code))))[1]


async def test_bad_day_is_the_same_bad_day_in_every_run(start_scenario: StartScenario) -> None:
    days = []
    for _ in range(2):
        emulator = await start_scenario("bad-day")
        await emulator.control("DELETE", "rules/slow")
        days.append([await call(emulator, login("emu.alice")) for _ in range(120)])
    assert days[0] == days[1]
    assert {"session", "-1", "502", "reset"} <= set(days[0])
    assert days[0].count("session") > 80


async def test_one_good_code_in_ten_is_refused(start_scenario: StartScenario) -> None:
    emulator = await start_scenario("intermittent-40029")
    answers = [await exchanged(emulator) for _ in range(200)]
    assert 8 <= sum(b"40029" in answer for answer in answers) <= 35


async def test_slow_answers_come_when_the_clock_gets_there(start_scenario: StartScenario) -> None:
    emulator = await start_scenario("slow")
    async with Connection(emulator.port) as connection:
        await connection.send(login("emu.alice"))
        while not await emulator.acted("slow-evening"):
            pass
        await emulator.advance("1h")
        assert b"session_key" in await connection.receive()


async def test_a_gateways_504_comes_after_five_seconds(start_scenario: StartScenario) -> None:
    emulator = await start_scenario("gateway-504")
    async with Connection(emulator.port) as connection:
        await connection.send(login("emu.alice"))
        while not await emulator.acted("gateway-time-out"):
            pass
        await emulator.advance("5s")
        assert (await connection.receive()).startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")


async def test_the_second_call_of_a_connection_finds_it_closed(
    start_scenario: StartScenario,
) -> None:
    emulator = await start_scenario("keep-alive-drop")
    async with Connection(emulator.port) as connection:
        assert b"session_key" in await connection.ask(login("emu.alice"))
        assert await connection.ask(login("emu.alice")) == b""


async def test_a_chunked_post_is_412_and_a_whole_one_is_not(start_scenario: StartScenario) -> None:
    emulator = await start_scenario("chunked-post-412")
    body = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    url = f"{emulator.url}/cgi-bin/stable_token"

    async def chunks() -> AsyncIterator[bytes]:
        yield json.encode(body)

    async with emulator.http.post(url, data=chunks()) as response:
        assert (response.status, await response.read()) == (412, b"")
    async with emulator.http.post(url, json=body) as response:
        assert "access_token" in await response.text()


async def test_the_refused_address_stands_in_the_text(start_scenario: StartScenario) -> None:
    emulator = await start_scenario("ip-not-whitelisted")
    assert b"invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist" in await exchanged(
        emulator
    )


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("no-unionid", rb'\{"session_key":"[^"]+","openid":"[^"]+"\}'),
        ("legacy-expires-in", rb'\{"session_key":"[^"]+","expires_in":7200,"openid":"[^"]+"\}'),
        ("errcode-zero", rb'\{"session_key":.*,"openid":.*,"errcode":0,"errmsg":"ok"\}'),
        ("session-key-slashes", rb'\{"session_key":"\\/\+\\/\+\\/WZiVjagfNN\\/\\/\+\\/T5A==",.*'),
        ("json-content-type", rb'\{"session_key":.*'),
    ],
)
async def test_the_answer_has_its_peculiarity(
    start_scenario: StartScenario, name: str, pattern: bytes
) -> None:
    emulator = await start_scenario(name)
    head, body = parted(await emulator.send(request(login("emu.alice"))))
    assert re.fullmatch(pattern, body)
    content_type = b"application/json" if name == "json-content-type" else b"text/plain"
    assert b"Content-Type: %b\r\n" % content_type in head


@pytest.mark.parametrize("name", ["decrypt-race", "stale-session-key"])
async def test_the_first_login_cannot_decrypt_and_the_second_can(
    start_scenario: StartScenario, name: str
) -> None:
    emulator = await start_scenario(name)
    fits = []
    for _ in range(2):
        key = json.decode(await exchanged(emulator))["session_key"]
        who = {"appid": APPID, "user": "alice"}
        data = await emulator.control("POST", "wx/getUserInfo", who)
        signature = crypto.data_signature(data["rawData"].encode(), key)
        fits.append(signature == data["signature"])
    assert fits == [False, True]


async def test_awkward_names_arrive_as_they_are(start_scenario: StartScenario) -> None:
    emulator = await start_scenario("awkward-names")
    names = {}
    for user in (await emulator.control("GET", "users"))["users"]:
        await exchanged(emulator, f"emu.{user['name']}")
        who = {"appid": APPID, "user": user["name"]}
        data = await emulator.control("POST", "wx/getUserInfo", who)
        names[user["name"]] = data["userInfo"]["nickName"]
        assert json.decode(data["rawData"])["nickName"] == names[user["name"]]
    assert names["control"] == "a\x14b\x00c\td\n"
    assert "🦄" in names["emoji"]
    assert len(names) == 6


async def test_a_killed_token_stays_dead_and_a_fresh_one_works(
    start_scenario: StartScenario,
) -> None:
    emulator = await start_scenario("token-killed")
    killed, fresh = [(await emulator.get(TOKEN))["access_token"] for _ in range(2)]
    answers = []
    for token in (killed, killed, fresh):
        target = f"/wxa/business/getuserphonenumber?access_token={token}"
        answers.append((await emulator.post(target, {"code": "0" * 64}))["errcode"])
    assert answers == [40001, 40001, 40029]


async def test_a_punished_accounts_token_is_of_no_use(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario="account-punished")
    await emulator.control("DELETE", "rules")
    token = (await emulator.get(TOKEN))["access_token"]
    await emulator.rule({"ban": "app"}, on="token")
    assert (await emulator.get(TOKEN))["errcode"] == 50004
    assert await emulator.token_state(token) == 50002


async def test_the_right_app_may_still_use_a_fresh_code(start_scenario: StartScenario) -> None:
    emulator = await start_scenario("two-apps")
    code = await emulator.login(appid="wx0000000000000002")
    target = jscode2session(js_code=code, appid="wx0000000000000002", secret="2" * 32)
    assert await call(emulator, target) == "session"
