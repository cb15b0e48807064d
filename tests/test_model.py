"""Random runs of mint, exchange, time and reset against a model of ten lines."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule
from msgspec import json
from multidict import CIMultiDict

from emulator.core.call import Call, Reply
from emulator.core.entities import App, Code
from emulator.core.settings import Settings
from emulator.gateway import Gateway
from emulator.wechat.codes import mint
from emulator.wechat.endpoints import load
from emulator.world.stores import Store
from emulator.world.stores.memory import MemoryStore
from emulator.worlds import Worlds
from tests.support import APPID, NOON_UNIX, OTHER_APPID, SECRET, jscode2session
from tests.world.stores.elsewhere import elsewhere

T = TypeVar("T")
ENDPOINT = load()["/sns/jscode2session"]
USERS = st.sampled_from(["alice", "bob", "小艾"])
APPIDS = st.sampled_from([APPID, APPID, APPID, OTHER_APPID])
SECRETS = st.sampled_from([SECRET, SECRET, SECRET, "f" * 32])


class Model:
    """WeChat's rules for codes, as short as they can be said."""

    def __init__(self) -> None:
        self.now = 0
        self.ends: dict[str, int] = {}
        self.used: set[str] = set()

    def exchange(self, code: str, appid: str, secret: str) -> int:
        if code not in self.ends:
            return 40029
        if code in self.used:
            return 40163
        if appid == OTHER_APPID:
            self.used.add(code)
            return 40029
        if self.now >= self.ends[code]:
            return 40029
        if secret == SECRET:
            self.used.add(code)
        return 0 if secret == SECRET else 40125


class Logins(RuleBasedStateMachine):
    """Drives the kernel: what HTTP adds is tested on the wire."""

    codes = Bundle("codes")
    make_store: ClassVar[Callable[[], Store]] = MemoryStore

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.openids: dict[str, str] = {}
        self.worlds = Worlds(Settings(), make_store=type(self).make_store)
        self.gateway: Gateway = run(self.worlds.open())
        run(self.begin())

    async def begin(self) -> None:
        world = self.gateway.world
        at = NOON_UNIX + self.model.now
        await world.transact(lambda view: world.clock.set(view.store, at, frozen=True))
        await world.store.put_many([App(appid, secret=SECRET) for appid in (APPID, OTHER_APPID)])

    @rule(target=codes, user=USERS, lives=st.sampled_from([300, 60]))
    def login(self, user: str, lives: int) -> str:
        world = self.gateway.world
        work = partial(mint, appid=APPID, user=user, now=world.clock.now(), expires_in=lives)
        code = run(world.transact(work)).code
        self.model.ends[code] = self.model.now + lives
        self.model.used.discard(code)  # after a reset the same texts come again
        return code

    @rule(code=codes, appid=APPIDS, secret=SECRETS)
    def exchange(self, code: str, appid: str, secret: str) -> None:
        expected = self.model.exchange(code, appid, secret)
        answer = run(self.answer(js_code=code, appid=appid, secret=secret))
        assert answer.get("errcode", 0) == expected
        if expected == 0:
            minted = self.stored(code)
            assert minted is not None
            assert self.openids.setdefault(minted.user, answer["openid"]) == answer["openid"]

    def stored(self, code: str) -> Code | None:
        return run(self.gateway.world.transact(lambda world: world.store.get(Code, code)))

    async def answer(self, **params: str) -> dict[str, Any]:
        world = self.gateway.world
        path, _, query = jscode2session(**params).partition("?")
        now = world.clock.now()
        call = Call("GET", path, query, CIMultiDict(), b"", "127.0.0.1", now)
        reply = await self.gateway.answer(ENDPOINT, call)
        assert isinstance(reply, Reply)
        answer: dict[str, Any] = json.decode(reply.body)
        return answer

    @rule(seconds=st.sampled_from([1, 59, 60, 240, 300]))
    def advance(self, seconds: int) -> None:
        self.model.now += seconds
        world = self.gateway.world
        run(world.transact(lambda view: world.clock.advance(view.store, seconds)))

    @rule()
    def reset(self) -> None:
        """All codes die with the world, but people stay who they are."""
        self.gateway = run(self.worlds.reset("default"))
        self.model.ends.clear()
        self.model.used.clear()
        run(self.begin())

    @rule(limit=st.integers(1, 3))
    def forget(self, limit: int) -> None:
        """The store lets go of what ended a lifetime ago, a few at a time."""
        world = self.gateway.world
        run(world.store.drop_ended(NOON_UNIX + self.model.now, limit))
        for code, end in list(self.model.ends.items()):
            if self.stored(code) is None:
                assert self.model.now >= end + 60, "forgotten too early"
                del self.model.ends[code]


def run(steps: Coroutine[Any, Any, T]) -> T:
    """What waits for no network needs no loop."""
    try:
        steps.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("the kernel waited for something")


class LoginsElsewhere(Logins):
    """The same on a store across a wire, where somebody else is often quicker."""

    make_store = partial(elsewhere, loses=1)


Logins.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
LoginsElsewhere.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestLogins = Logins.TestCase
TestLoginsElsewhere = LoginsElsewhere.TestCase
