"""What each fault is to unmodified clients: the errors a backend has to be ready for."""

from __future__ import annotations

import asyncio

import pytest
import requests

from tests.effects import clients
from tests.support import Emulator, jscode2session, scripted

ASK: dict[str, clients.Ask] = {
    "aiohttp": clients.ask_aiohttp,
    "requests": clients.ask_requests,
    "httpx": clients.ask_httpx,
    "curl": clients.ask_curl,
    "node": clients.ask_node,
    "socket": clients.ask_socket,
}
# fmt: off
TOLD: dict[str, tuple[str, ...]] = {
    # effect: what aiohttp, requests, httpx, curl, Node's fetch and a bare socket make of it
    "reset": ("ClientOSError", "ConnectionError", "ReadError",
              "exit 56", "ECONNRESET", "ConnectionResetError"),
    "close": ("ServerDisconnectedError", "ConnectionError", "RemoteProtocolError",
              "exit 52", "UND_ERR_SOCKET", "end of stream"),
    "lost_reply": ("ServerDisconnectedError", "ConnectionError", "RemoteProtocolError",
                   "exit 52", "UND_ERR_SOCKET", "end of stream"),
    "hang": ("TimeoutError", "ReadTimeout", "ReadTimeout",
             "exit 28", "TimeoutError", "TimeoutError"),
    "truncate-20": ("ClientPayloadError", "ChunkedEncodingError", "RemoteProtocolError",
                    "exit 18", "UND_ERR_SOCKET", "too few bytes"),
    "dribble-50ms": ("200 ok",) * 6,
    "status-502": ("502 not json",) * 6,
    "status-412": ("412 not json",) * 6,
    "body": ("200 not json",) * 6,
    "delay-0s": ("200 ok",) * 6,
}
# fmt: on


@pytest.mark.parametrize("word", TOLD)
@pytest.mark.parametrize("client", ASK)
async def test_a_fault_is_an_error_of_the_clients_own(
    emulator: Emulator, client: str, word: str
) -> None:
    patience = 0.3 if word == "hang" else 10
    told = await ASK[client](emulator.url + scripted(word), patience)
    assert told == dict(zip(ASK, TOLD[word], strict=True))[client]


@pytest.mark.parametrize("client", ASK)
async def test_a_lost_reply_has_spent_the_code(emulator: Emulator, client: str) -> None:
    code = await emulator.login(then={"lost_reply": True})
    await ASK[client](emulator.url + jscode2session(js_code=code), 10)
    assert (await emulator.exchange(code))["errcode"] == 40163


async def test_a_session_of_requests_meets_the_drop_of_its_second_call(emulator: Emulator) -> None:
    await emulator.rule({"close": True}, when={"connection_call": 2})

    def ask_twice() -> str:
        with requests.Session() as session:
            assert session.get(emulator.url + scripted(), timeout=2).status_code == 200
            try:
                session.get(emulator.url + scripted(), timeout=2)
            except requests.ConnectionError as error:
                return str(error)
        return "no error"

    assert "RemoteDisconnected" in await asyncio.to_thread(ask_twice)


async def test_aiohttp_repeats_a_call_that_an_old_connection_dropped(emulator: Emulator) -> None:
    """Safe for a GET that never ran, and a second exchange of the code where the reply was lost."""
    await emulator.exchange("emu.bob")
    code = await emulator.login(then={"lost_reply": True})
    assert (await emulator.exchange(code))["errcode"] == 40163
