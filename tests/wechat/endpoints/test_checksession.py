"""`GET /wxa/checksession` on a frozen clock: its bytes, and a hint for every wrong signature."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha1
from typing import Any

import pytest

from emulator.wechat.crypto import session_signature
from tests.support import APPID, NOON_RID, SECRET, Harness, request, signed
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


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"sig_method": None}, "sig_method must be hmac_sha256: the query string has no 'sig_meth"),
        ({"sig_method": ""}, "sig_method must be hmac_sha256: 'sig_method=' is there but empty"),
        ({"sig_method": "sha256"}, "sig_method must be hmac_sha256: you sent 'sha256'"),
        ({"sig_method": "HMAC-SHA256"}, "sig_method must be hmac_sha256: you sent 'HMAC-SHA256'"),
        ({"sig_method": "x" * 41}, f"sig_method must be hmac_sha256: you sent '{'x' * 6}…'"),
        ({"openid": None}, "the query string has no 'openid'"),
        ({"openid": "o" * 41}, f"nobody logged in to {APPID} has the openid '{'o' * 6}…'"),
        ({"signature": None}, "the query string has no 'signature'"),
    ],
)
async def test_the_hint_says_what_is_wrong(emulator: Harness, changed: Any, hint: str) -> None:
    session = await emulator.exchange(await emulator.login())
    await emulator.get(signed(PATH, await emulator.fetch_token(), session, **changed))
    assert (await emulator.latest())["hint"].startswith(hint)


async def test_a_signed_call_has_no_body(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    target = signed(PATH, await emulator.fetch_token(), session)
    response = await emulator.send(request(target, body=b"{}"))
    assert b'{"errcode":87009,' in response
    assert b"the call must have no body at all" in response


async def test_a_session_long_unused_is_87007(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    await emulator.advance("2d23h59m59s")
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    assert answer["errcode"] == 0
    await emulator.advance("1s")
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    assert answer["errcode"] == 87007
    assert answer["errmsg"].startswith("session_key is not existd or expired rid: ")
    assert (await emulator.latest())["hint"].startswith("the session ended for want of use")


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
    right = hmac.digest(key.encode(), b"", "sha256")
    mistakes: dict[Any, bytes] = {
        session_signature(b"", key).upper(): b"the right one in upper case",
        b64encode(right).decode(): b"must be in lowercase hex, it came in base64",
        right.decode("latin-1"): b"must be in lowercase hex, the raw bytes came",
        right: b"must be in lowercase hex, the raw bytes came",
        session_signature(session["openid"].encode(), key): b"the openid was signed",
        session_signature(key.encode(), key): b"the session_key was signed",
        session_signature(PATH.encode(), key): b"the path was signed",
        hmac.digest(b"", key.encode(), "sha256").hex(): b"key and message are swapped",
        hmac.digest(session["openid"].encode(), key.encode(), "sha256").hex(): b"are swapped",
        hmac.digest(key.encode(), b"", "sha1").hex(): b"it was made with SHA-1",
        sha1(key.encode(), usedforsecurity=False).hexdigest(): b"the plain SHA-1 of the session_k",
        session_signature(b"", f'"{key}"'): b"it stands in quotes",
        session_signature(b"", key.rstrip("=")): b"its '=' at the end are gone",
        "undefined": b"JavaScript's word for no value",
        hmac.digest(b64decode(key), b"", "sha256").hex(): b"the session_key was decoded",
        session_signature(b"{}", key): b"the message is the empty string",
        "": b"'signature=' is empty",
        "f" * 64: b"no signature over the empty string",
    }
    for signature, said in mistakes.items():
        response = await emulator.send(request(signed(PATH, token, session, signature=signature)))
        assert said in response
        assert key.encode() not in response


async def test_the_journal_names_whose_session_it_was(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login("bob"))
    await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    assert (await emulator.latest())["user"] == "bob"
