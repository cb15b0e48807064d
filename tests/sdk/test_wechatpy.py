"""wechatpy, unmodified: only the two URLs it lets one override point here."""

from __future__ import annotations

import pytest
from wechatpy import WeChatClient
from wechatpy.client.api import WeChatWxa
from wechatpy.exceptions import WeChatClientException

from emulator.testing.emulator import Emulator
from tests.support import APPID, SECRET


def client_for(url: str, secret: str = SECRET) -> WeChatClient:
    """A client as its users make it, its base URL and token URL overridden."""

    class Wxa(WeChatWxa):  # type: ignore[misc]  # wechatpy ships no types
        API_BASE_URL = f"{url}/"

    class Client(WeChatClient):  # type: ignore[misc]
        wxa = Wxa()

        def fetch_access_token(self) -> object:
            params = {"grant_type": "client_credential", "appid": APPID, "secret": self.secret}
            return self._fetch_access_token(url=f"{url}/cgi-bin/token", params=params)

    return Client(APPID, secret)


def test_a_user_logs_in(wechat: Emulator) -> None:
    session = client_for(wechat.url).wxa.code_to_session(wechat.login("alice"))
    (stored,) = wechat.client.sessions()
    assert session["openid"] == stored["openid"]
    assert session["session_key"] == stored["session_key"]


def test_it_fetches_a_token_first_and_sends_it_along(wechat: Emulator) -> None:
    client_for(wechat.url).wxa.code_to_session(wechat.login())
    token, login = wechat.requests()
    assert (token["endpoint"], login["endpoint"]) == ("token", "jscode2session")
    assert "access_token=****" in login["query"]


def test_a_used_code_raises_40163(wechat: Emulator) -> None:
    client, code = client_for(wechat.url), wechat.login()
    client.wxa.code_to_session(code)
    with pytest.raises(WeChatClientException) as caught:
        client.wxa.code_to_session(code)
    assert caught.value.errcode == 40163
    assert caught.value.errmsg.startswith("code been used, rid: ")


def test_a_wrong_secret_raises_40125(wechat: Emulator) -> None:
    with pytest.raises(WeChatClientException) as caught:
        client_for(wechat.url, "f" * 32).wxa.code_to_session(wechat.login())
    assert caught.value.errcode == 40125
