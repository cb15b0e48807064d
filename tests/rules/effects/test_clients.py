"""What each fault is to unmodified clients: the errors a backend has to be ready for."""

from __future__ import annotations

import asyncio

import pytest
import requests

from tests.rules.effects.clients import ASK, TOLD
from tests.support import Harness, jscode2session, scripted


@pytest.mark.parametrize("word", TOLD)
@pytest.mark.parametrize("client", ASK)
async def test_a_fault_is_an_error_of_the_clients_own(
    emulator: Harness, client: str, word: str
) -> None:
    patience = 0.3 if word == "hang" else 10
    told = await ASK[client](emulator.url + scripted(word), patience)
    assert told == dict(zip(ASK, TOLD[word], strict=True))[client]


@pytest.mark.parametrize("client", ASK)
async def test_a_lost_reply_has_spent_the_code(emulator: Harness, client: str) -> None:
    code = await emulator.login(then={"lost_reply": True})
    await ASK[client](emulator.url + jscode2session(js_code=code), 10)
    assert (await emulator.exchange(code))["errcode"] == 40163


async def test_a_session_of_requests_meets_the_drop_of_its_second_call(emulator: Harness) -> None:
    await emulator.rule({"close": True}, when={"connection_call": 2})

    def ask_twice() -> str:
        with requests.Session() as session:
            assert session.get(emulator.url + scripted(), timeout=2).status_code == 200
            try:
                session.get(emulator.url + scripted(), timeout=2)
            except requests.ConnectionError as error:
                return type(error).__name__
        return "no error"

    assert await asyncio.to_thread(ask_twice) == "ConnectionError"


async def test_aiohttp_repeats_a_get_whose_reply_was_lost_and_meets_40163(
    emulator: Harness,
) -> None:
    """It takes a GET for safe to repeat; an exchange is not."""
    code = await emulator.login(then={"lost_reply": True})
    assert (await emulator.exchange(code))["errcode"] == 40163
    assert (await emulator.control("GET", f"requests/count?js_code={code}"))["count"] == 2
