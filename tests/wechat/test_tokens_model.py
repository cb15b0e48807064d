"""Access tokens against a model: any order of fetches, refreshes, checks and leaps in time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from emulator.core.call import Call
from emulator.core.entities import App
from emulator.core.settings import Settings
from emulator.wechat import tokens
from emulator.wechat.errors import WeChatError
from emulator.worlds import Worlds

OVERLAP, LIFETIME = 300, 7200
APPS = [App("wx0000000000000001"), App("wx0000000000000002")]
DAY = 86400
MIDNIGHT = 1767196800  # in Beijing


@dataclass
class Issued:
    """What the model knows of a token."""

    appid: str
    kind: str
    expires_at: int
    ended_at: int | None = None
    ended_with: int = 40001

    def errcode(self, now: int) -> int:
        if self.ended_at is not None and self.ended_at <= min(now, self.expires_at):
            return self.ended_with
        return 42001 if now >= self.expires_at else 0


class Tokens(RuleBasedStateMachine):
    """WeChat's rules in the fewest words, beside the emulator."""

    def __init__(self) -> None:
        super().__init__()
        self.world = asyncio.run(Worlds(Settings()).open()).world.view
        self.now = MIDNIGHT + 12 * 3600
        self.known: dict[str, Issued] = {}
        self.latest: dict[tuple[str, str], str] = {}
        self.forced: dict[str, list[int]] = {app.appid: [] for app in APPS}

    @rule(app=st.sampled_from(APPS))
    def fetch(self, app: App) -> None:
        """/cgi-bin/token: always a new one; the one before has five minutes left."""
        token = tokens.issue(self.world, app, self.now).token
        assert token not in self.known
        if before := self.latest.get((app.appid, "token")):
            held = self.known[before]
            held.ended_at = min(held.ended_at or 1 << 40, self.now + OVERLAP)
        self.remember(app, "token", token)

    @rule(app=st.sampled_from(APPS), force=st.booleans())
    def fetch_stable(self, app: App, force: bool) -> None:
        """/cgi-bin/stable_token: the same one, unless it is forced or in its last minutes."""
        issued = tokens.stable(self.world, app, self.now, force=force)
        before = self.latest.get((app.appid, "stable_token"))
        held = self.known[before] if before else None
        alive = held is not None and held.errcode(self.now) == 0
        if held and alive and force and self.may_force(app.appid):
            held.ended_at = self.now
            self.forced[app.appid].append(self.now)
        elif held and alive and held.expires_at - self.now >= OVERLAP:
            assert issued.token == before
            return
        assert issued.token not in self.known
        self.remember(app, "stable_token", issued.token)

    @rule(n=st.integers(0, 99), errcode=st.sampled_from([40001, 42001]))
    def an_effect_ends_one(self, n: int, errcode: int) -> None:
        """kill_token and expire_token: that one alone, and only if it lives."""
        if not self.known:
            return
        token, issued = [*self.known.items()][n % len(self.known)]
        end = tokens.kill if errcode == 40001 else tokens.expire
        alive = issued.errcode(self.now) == 0
        assert end(self.world, token, self.now, "a test") == alive
        if alive:
            issued.ended_at, issued.ended_with = self.now, errcode

    @rule(seconds=st.sampled_from([0, 1, 29, 30, 299, 300, 301, 6900, 6901, 7199, 7200, DAY]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(seconds=st.integers(0, 3 * 3600))
    def some_time_passes(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def every_token_is_as_good_as_the_model_says(self) -> None:
        for token, issued in self.known.items():
            assert self.errcode(token) == issued.errcode(self.now)

    def errcode(self, token: str) -> int:
        call = Call("GET", "/wxa/x", f"access_token={token}", {}, b"", "127.0.0.1", self.now)
        try:
            assert tokens.calling(self.world, call).appid == self.known[token].appid
        except WeChatError as error:
            return error.errcode
        return 0

    def may_force(self, appid: str) -> bool:
        times = self.forced[appid]
        today = [at for at in times if (at - MIDNIGHT) // DAY == (self.now - MIDNIGHT) // DAY]
        return len(today) < 20 and (not times or self.now - times[-1] >= 30)

    def remember(self, app: App, kind: str, token: str) -> None:
        self.known[token] = Issued(app.appid, kind, self.now + LIFETIME)
        self.latest[app.appid, kind] = token


TestTokens = Tokens.TestCase
TestTokens.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
