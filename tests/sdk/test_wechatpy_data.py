"""wechatpy against the emulator: tokens, session, decryption. Only its transport is ours."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.client.api import WeChatWxa
from wechatpy.crypto import PKCS7Encoder, WeChatWxaCrypto
from wechatpy.crypto.base import WeChatCipher
from wechatpy.exceptions import InvalidAppIdException

from emulator.testing.emulator import Emulator
from emulator.wechat import crypto
from emulator.wechat.decrypt_diagnosis import open_sealed
from tests.support import APPID, SECRET
from tests.vectors import OFFICIAL

WECHAT = "https://api.weixin.qq.com"


class Redirect(HTTPAdapter):
    """Takes what was meant for WeChat to the emulator, as a hosts entry would."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> Any:
        assert request.url is not None
        target = urlsplit(request.url)
        request.url = f"{self._base}{target.path}?{target.query}"
        return super().send(request, *args, **more)


@pytest.fixture
def backend(wechat_emulator: Emulator) -> WeChatClient:
    """A client as a backend makes it."""
    client = WeChatClient(APPID, SECRET)
    client._http.trust_env = False
    client._http.mount(WECHAT, Redirect(wechat_emulator.url))
    return client


def check(backend: WeChatClient, session: dict[str, str]) -> dict[str, Any]:
    """A call that needs an access_token."""
    params = {
        "openid": session["openid"],
        "signature": crypto.session_signature(b"", session["session_key"]),
        "sig_method": "hmac_sha256",
    }
    return dict(backend.get(f"{WECHAT}/wxa/checksession", params=params))


def login(wechat_emulator: Emulator, backend: WeChatClient) -> dict[str, str]:
    code = wechat_emulator.login("alice", appid=APPID)
    return dict(WeChatWxa(backend).code_to_session(code))


def test_login_profile_and_phone_number(wechat_emulator: Emulator, backend: WeChatClient) -> None:
    session = login(wechat_emulator, backend)
    assert check(backend, session)["errcode"] == 0
    who = {"appid": APPID, "user": "alice"}
    for api, field in (("getUserInfo", "nickName"), ("getPhoneNumber", "phoneNumber")):
        data = wechat_emulator.client.wx(api, **who)
        opened = WeChatWxaCrypto(session["session_key"], data["iv"], APPID)
        assert opened.decrypt_message(data["encryptedData"])[field]
    number = backend.post(f"{WECHAT}/wxa/business/getuserphonenumber", data={"code": data["code"]})
    assert number["phone_info"]["countryCode"] == "86"
    wechat_emulator.assert_called("token", times=1)


def test_an_expired_token_is_fetched_anew_and_the_call_repeated(
    wechat_emulator: Emulator, backend: WeChatClient
) -> None:
    session = login(wechat_emulator, backend)
    wechat_emulator.advance("2h")  # of which the client's own clock knows nothing
    assert check(backend, session)["errcode"] == 0
    assert errcodes(wechat_emulator) == [None, None, 42001, None, None]


def test_a_token_that_another_process_replaced_is_fetched_anew(
    wechat_emulator: Emulator, backend: WeChatClient
) -> None:
    session = login(wechat_emulator, backend)
    other = WeChatClient(APPID, SECRET)
    other._http.mount(WECHAT, Redirect(wechat_emulator.url))
    other.fetch_access_token()
    assert check(backend, session)["errcode"] == 0
    wechat_emulator.advance("5m1s")
    assert check(backend, session)["errcode"] == 0
    assert errcodes(wechat_emulator) == [None, None, None, None, 40001, None, None]


def test_another_apps_data_is_refused(wechat_emulator: Emulator, backend: WeChatClient) -> None:
    session = login(wechat_emulator, backend)
    who = {"appid": APPID, "user": "alice"}
    data = wechat_emulator.client.wx("getUserInfo", **who)
    opened = WeChatWxaCrypto(session["session_key"], data["iv"], "wx" + "0" * 16)
    with pytest.raises(InvalidAppIdException):
        opened.decrypt_message(data["encryptedData"])


@settings(deadline=None)
@given(st.text())
def test_any_name_we_seal_it_opens(name: str) -> None:
    data = {"nickName": name, "watermark": {"timestamp": 1, "appid": APPID}}
    try:
        plaintext = json.encode(data)
    except UnicodeEncodeError:  # a lone surrogate: no phone sends one
        return
    sealed = crypto.seal(plaintext, OFFICIAL.session_key, b64decode(OFFICIAL.iv))
    theirs = WeChatWxaCrypto(OFFICIAL.session_key, OFFICIAL.iv, APPID)
    assert theirs.decrypt_message(sealed) == data


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_what_it_encrypts_we_open_or_see_its_blocks_of_32(name: str) -> None:
    data = {"nickName": name, "watermark": {"timestamp": 1, "appid": APPID}}
    plaintext = json.encode(data)
    cipher = WeChatCipher(b64decode(OFFICIAL.session_key), b64decode(OFFICIAL.iv))
    sealed = b64encode(cipher.encrypt(PKCS7Encoder.encode(plaintext))).decode()
    opened = open_sealed(sealed, OFFICIAL.session_key, OFFICIAL.iv, APPID)
    if 1 <= 32 - len(plaintext) % 32 <= 16:
        assert opened.data == data
    else:
        assert "blocks of 32" in opened.problems[0]


def errcodes(wechat_emulator: Emulator) -> list[int | None]:
    return [call["errcode"] for call in wechat_emulator.requests()]
