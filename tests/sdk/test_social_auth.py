"""social-auth-core, unmodified, lets users in by WeChat: its hosts are the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from social_core import exceptions
from social_core.backends.weixin import WeixinOAuth2, WeixinOAuth2APP
from social_core.strategy import BaseStrategy

from emulator.testing.emulator import Emulator
from tests.support import APPID, SECRET

if not hasattr(exceptions, "AuthProviderError"):
    # Release 7 wants a newer cryptography than the oldest that we promise.
    pytest.skip("needs release 7 of social-auth-core", allow_module_level=True)

BACK = "https://site.example/complete/weixin/"


class Nonces:
    """Where a site remembers which states it has used; here each is new."""

    @staticmethod
    def use(scope: str, timestamp: int, salt: str) -> bool:
        return True

    consume = use


class Storage:
    """What social-core keeps of users: nothing, here."""

    nonce = Nonces


class Strategy(BaseStrategy[Any]):
    """A site's side, in the fewest words: a session, the settings, and what came back."""

    def __init__(self, secret: str) -> None:
        storage: Any = Storage
        super().__init__(storage=storage)
        self.session: dict[str, Any] = {}
        self.came: dict[str, str] = {}
        self.settings = {"KEY": APPID, "SECRET": secret, "PIPELINE": []}

    def setting(self, name: str, default: Any = None, backend: Any = None) -> Any:
        return self.settings.get(name, default)

    def get_setting(self, name: str) -> Any:
        return self.settings[name.rpartition("_")[2]]

    def request_data(self, merge: bool = True) -> dict[str, str]:
        return self.came

    def request_host(self) -> str:
        return "site.example"

    def build_absolute_uri(self, path: str | None = None) -> str:
        return path or BACK

    def redirect(self, url: str) -> str:
        return url

    def html(self, content: str) -> str:
        return content

    def session_get(self, name: str, default: Any = None) -> Any:
        return self.session.get(name, default)

    def session_set(self, name: str, value: Any) -> None:
        self.session[name] = value

    def session_pop(self, name: str) -> Any:
        return self.session.pop(name, None)


@pytest.fixture
def wechat(wechat: Emulator) -> Iterator[Emulator]:
    """The declared app of this test's world, under WeChat's own names."""
    wechat.client.put_user("alice", nickname="小艾", avatar_url="https://h/alice")
    with wechat.redirect():
        yield wechat


def site(kind: type[Any] = WeixinOAuth2, secret: str = SECRET) -> Any:
    return kind(Strategy(secret), redirect_uri=BACK)


def visit(backend: Any, **more: str) -> None:
    """Go where the site sends the browser, agree, and come back."""
    url = backend.auth_url().partition("#")[0]
    with requests.Session() as browser:
        browser.trust_env = False
        answer = browser.get(url, params={"emu_user": "alice"} | more, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    backend.data = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    backend.strategy.came = backend.data


def profile(backend: Any) -> dict[str, Any]:
    """What the site learns, up to its own users."""
    learned: dict[str, Any] = {}
    backend.strategy.authenticate = lambda *args, **kwargs: learned.update(kwargs["response"])
    backend.auth_complete()
    return learned


def refusal(backend: Any) -> int:
    """The errcode that the site learns in place of a user."""
    with pytest.raises(exceptions.AuthProviderError) as caught:
        profile(backend)
    return int(str(caught.value.provider_code))


@pytest.mark.parametrize("scope", ["snsapi_login", "snsapi_userinfo"])
def test_alice_logs_in(wechat: Emulator, scope: str) -> None:
    backend = site(WeixinOAuth2 if scope == "snsapi_login" else WeixinOAuth2APP)
    backend.DEFAULT_SCOPE = [scope]
    visit(backend)
    learned = profile(backend)
    assert backend.get_user_details(learned) == {
        "username": "小艾",
        "profile_image_url": "https://h/alice",
    }
    assert backend.get_user_id({}, learned) == wechat.client.user("alice")["openids"][APPID]
    wechat.assert_called("userinfo", times=1, user="alice")


def test_a_callback_requested_twice_is_40163(wechat: Emulator) -> None:
    backend = site()
    visit(backend)
    state = dict(backend.strategy.session)
    profile(backend)
    backend.strategy.session = state
    assert refusal(backend) == 40163


def test_a_state_that_was_lost_is_noticed(wechat: Emulator) -> None:
    backend = site()
    visit(backend)
    backend.data["state"] = "another"
    with pytest.raises(exceptions.AuthSessionError):
        profile(backend)


def test_a_wrong_secret_is_40125(wechat: Emulator) -> None:
    backend = site(secret="f" * 32)
    visit(backend)
    assert refusal(backend) == 40125


def test_a_user_who_takes_too_long_is_40029(wechat: Emulator) -> None:
    backend = site()
    visit(backend)
    wechat.advance("10m")
    assert refusal(backend) == 40029


def test_a_scope_too_small_is_48001(wechat: Emulator) -> None:
    backend = site(WeixinOAuth2APP)
    backend.DEFAULT_SCOPE = ["snsapi_base"]
    visit(backend)
    assert refusal(backend) == 48001


def test_a_busy_wechat_is_an_error_it_reports(wechat: Emulator) -> None:
    wechat.rule(on="userinfo", then={"errcode": -1}, times=1)
    backend = site()
    visit(backend)
    assert refusal(backend) == -1
