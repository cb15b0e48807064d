"""`GET /wxa/checksession` on a frozen clock: its bytes, and a hint for every wrong signature."""

from __future__ import annotations

import hmac
from base64 import b64decode
from typing import Any

import pytest

from emulator.wechat.crypto import session_signature
from tests.support import NOON_RID, SECRET, Harness, request, signed
from tests.wechat.endpoints.answers import answer

PATH = "/wxa/checksession"


async def test_a_valid_key_byte_for_byte(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    target = signed(PATH, await emulator.fetch_token(), session)
    assert (await emulator.send(request(target))).decode() == answer('{"errcode":0,"errmsg":"ok"}')


@pytest.mark.parametrize(
    ("changed", "errcode", "text"),
    [
        ({"sig_method": None}, 87008, "invalid sig_method"),
        ({"sig_method": "sha256"}, 87008, "invalid sig_method"),
        ({"openid": None}, 40003, "invalid openid"),
        ({"openid": "o" * 28}, 40003, "invalid openid"),
        ({"signature": None}, 87009, "invalid signature"),
        ({"signature": "0" * 64}, 87009, "invalid signature"),
    ],
)
async def test_errors(emulator: Harness, changed: Any, errcode: int, text: str) -> None:
    session = await emulator.exchange(await emulator.login())
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session, **changed))
    assert list(answer) == ["errcode", "errmsg"]
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text} rid: {NOON_RID}-")


async def test_a_session_long_unused_is_87007(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    await emulator.advance("3d")
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    assert answer["errcode"] == 87007
    assert answer["errmsg"].startswith("session_key is not existd or expired rid: ")


async def test_the_key_of_an_older_login_is_87009_and_the_hint_says_so(
    emulator: Harness,
) -> None:
    old = await emulator.exchange(await emulator.login())
    await emulator.exchange(await emulator.login())
    response = await emulator.send(request(signed(PATH, await emulator.fetch_token(), old)))
    assert b'{"errcode":87009,"errmsg":"invalid signature rid: ' in response
    assert b"signed with the session_key before this one" in response


async def test_the_key_of_another_app_is_40003(emulator: Harness) -> None:
    other = "wxfedcba9876543210"
    await emulator.control("PUT", f"apps/{other}", {"secret": SECRET})
    session = await emulator.exchange(await emulator.login(appid=other), appid=other)
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    assert answer["errcode"] == 40003


async def test_hints_know_the_usual_mistakes(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    token, key = await emulator.fetch_token(), session["session_key"]
    mistakes = {
        session_signature(b"", key).upper(): b"lowercase hex",
        hmac.digest(b64decode(key), b"", "sha256").hex(): b"the session_key was decoded",
        session_signature(b"{}", key): b"the message is the empty string",
        "": b"has no 'signature'",
        "f" * 64: b"no signature over the empty string",
    }
    for signature, said in mistakes.items():
        response = await emulator.send(request(signed(PATH, token, session, signature=signature)))
        assert said in response
        assert key.encode() not in response
