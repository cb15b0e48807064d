"""A user's tokens against a model: any order of logins, refreshes, checks and leaps in time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from emulator.core.call import Call
from emulator.core.entities import App, User
from emulator.core.settings import Settings
from emulator.wechat import oauth
from emulator.wechat.errors import WeChatError
from emulator.worlds import Worlds

APP = App("wx0000000000000001")
LIFETIME, RENEWABLE = 7200, 30 * 86400
NOON = 1767240000


@dataclass
class Login:
    """What the model knows of one login."""

    openid: str
    refresh_token: str
    ends_at: int
    newest: str
    tokens: dict[str, int] = field(default_factory=dict)
    """When each of its tokens expires."""


class UserTokens(RuleBasedStateMachine):
    """WeChat's rules in the fewest words, beside the emulator."""

    def __init__(self) -> None:
        super().__init__()
        self.world = asyncio.run(Worlds(Settings()).open()).world.view
        self.now = NOON
        self.logins: list[Login] = []

    def call(self, **params: str) -> Call:
        return Call("GET", "/sns/x", urlencode(params), {}, b"", "127.0.0.1", self.now)

    @precondition(lambda self: len(self.logins) < 5)
    @rule(user=st.sampled_from(["alice", "bob"]))
    def log_in(self, user: str) -> None:
        code = oauth.mint(self.world, APP, User(user), oauth.LOGIN, self.now)
        got = oauth.exchange(self.world, APP, code, self.now)
        token = str(got["access_token"])
        assert all(token not in login.tokens for login in self.logins)
        assert got["expires_in"] == LIFETIME
        ends_at = self.now + RENEWABLE
        login = Login(str(got["openid"]), str(got["refresh_token"]), ends_at, token)
        login.tokens[token] = self.now + LIFETIME
        self.logins.append(login)

    @precondition(lambda self: self.logins)
    @rule(data=st.data())
    def refresh(self, data: st.DataObject) -> None:
        """A live token stays and lives on; of a dead one a new one comes."""
        login = data.draw(st.sampled_from(self.logins))
        if self.now >= login.ends_at:
            with pytest.raises(WeChatError) as caught:
                oauth.refresh(self.world, APP, login.refresh_token, self.call())
            assert caught.value.errcode == 42002
            return
        got = oauth.refresh(self.world, APP, login.refresh_token, self.call())
        token = str(got["access_token"])
        alive = self.now < login.tokens[login.newest]
        assert (token == login.newest) == alive
        login.newest, login.tokens[token] = token, self.now + LIFETIME

    @rule(seconds=st.sampled_from([1, 7199, 7200, 7201, 86400, RENEWABLE - 1, RENEWABLE]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def every_token_is_as_good_as_the_model_says(self) -> None:
        for login in self.logins:
            for token, expires_at in login.tokens.items():
                wanted = 42001 if self.now >= expires_at else 0
                assert self.errcode(token, login.openid) == wanted

    def errcode(self, token: str, openid: str) -> int:
        try:
            oauth.authorised(self.world, self.call(access_token=token, openid=openid))
        except WeChatError as error:
            return error.errcode
        return 0


TestUserTokens = UserTokens.TestCase
TestUserTokens.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
