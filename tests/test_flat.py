"""What has ended is forgotten: a world that runs for a year holds what it held after a season."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec import json
from msgspec.structs import replace

from emulator.core.call import Call, Reply
from emulator.core.duration import Duration
from emulator.core.entities import KINDS, App, Session, Tally, User
from emulator.core.settings import Settings
from emulator.gateway import Gateway
from emulator.rules.rule import Rule, Then
from emulator.wechat import codes, endpoints, sessions, userkeys
from emulator.world.behaviour import Quota, Quotas
from emulator.world.stores.memory import MemoryStore
from emulator.world.world import WorldView
from emulator.worlds import Worlds
from tests.support import APPID, SECRET

DAY = 86400.0
SEASON = 90


@pytest.fixture
async def gateway() -> Gateway:
    """A world whose every switch that keeps something is on, on a frozen clock."""
    gateway = await Worlds(Settings(journal_entries=10)).open()
    quota = Quota(minute=100, day=1000)
    world = gateway.world
    world.view.behaviour = replace(
        world.behaviour,
        login_kills_older_code=True,
        quotas=Quotas(token=quota, stable_token=quota, sns=quota, wxa=quota),
    )
    await world.transact(lambda view: world.clock.set(view.store, DAY, frozen=True))
    return gateway


async def answer(gateway: Gateway, path: str, **params: str) -> dict[str, Any]:
    """What an endpoint answers to a query, or to the same as a JSON body."""
    posted = path == "/cgi-bin/stable_token"
    call = Call(
        "POST" if posted else "GET",
        path,
        "" if posted else urlencode(params),
        {},
        json.encode(params | {"force_refresh": True}) if posted else b"",
        "127.0.0.1",
        gateway.world.clock.now(),
    )
    reply = await gateway.answer(endpoints.load()[path], call)
    assert isinstance(reply, Reply)
    found: dict[str, Any] = json.decode(reply.body)
    return found


async def one_day(gateway: Gateway, day: int) -> None:
    """Somebody new logs in to a new app, twice; its backend fetches tokens, and a rule comes."""
    appid, name = f"wx{day:016x}", f"user{day}"
    rule = await gateway.rules.add(Rule(on="*", then=Then.parse({"content_type": "a/b"}), times=9))
    for of_any_app in (False, True):
        code = await log_in(gateway, "" if of_any_app else appid, name)
        app = {"appid": appid, "secret": SECRET}
        query = app | {"js_code": code, "grant_type": "authorization_code"}
        assert "session_key" in await answer(gateway, "/sns/jscode2session", **query)
    for path in ("/cgi-bin/token", "/cgi-bin/stable_token"):
        query = app | {"grant_type": "client_credential"}
        token = (await answer(gateway, path, **query))["access_token"]
        await answer(gateway, "/wxa/checksession", access_token=token)
    await gateway.rules.remove(rule)


async def log_in(gateway: Gateway, appid: str, name: str) -> str:
    """The code of a wx.login, after which the phone asks for a key."""
    now, user = gateway.world.clock.now(), User(name)

    def work(world: WorldView) -> str:
        session = sessions.log_in(world, appid, user, now)
        if valid := sessions.find(world, App(appid or APPID), user, now):
            userkeys.latest(world, valid, now)
        return codes.mint(world, appid, name, now, session_key=session.session_key).code

    return await gateway.world.transact(work)


async def advance(gateway: Gateway, days: float) -> None:
    """Move the clock on, and forget what has ended."""
    world = gateway.world
    await world.transact(lambda view: world.clock.advance(view.store, days * DAY))
    while await world.store.drop_ended(world.clock.now(), 100):
        pass


def planned(gateway: Gateway) -> Counter[str]:
    """How many ends of each kind the store has noted."""
    assert isinstance(gateway.world.store, MemoryStore)
    ends = gateway.world.store._buckets.items()
    return sum((Counter({kind.__name__: len(bucket)}) for (_, kind), bucket in ends), Counter())


async def season(gateway: Gateway, first: int) -> tuple[dict[str, int], Counter[str], set[str]]:
    """What lies in the store after so many such days, the ends it has noted, what it counts."""
    for day in range(first, first + SEASON):
        await one_day(gateway, day)
        await advance(gateway, 1)
    store = gateway.world.store
    held = {kind.__name__: len(await store.scan(kind)) for kind in KINDS}
    return held, planned(gateway), set(await store.counters())


async def test_a_year_leaves_what_a_season_leaves(gateway: Gateway) -> None:
    seasons = [await season(gateway, SEASON * n) for n in range(3)]
    assert seasons[0] == seasons[1] == seasons[2]
    assert seasons[0][0]["Session"] in range(30, 40)


async def test_a_busy_user_takes_no_more_room_than_a_quiet_one(gateway: Gateway) -> None:
    """A session renewed each hour has one end a day, not one for each renewal."""
    for _ in range(24 * 60):
        await log_in(gateway, APPID, "alice")
        await advance(gateway, 1 / 24)
    ends = planned(gateway)
    assert ends["Session"] <= 32
    assert ends["LastLogin"] <= 32
    assert ends["UserKeys"] <= 3


async def test_a_session_outlives_its_end_by_far(gateway: Gateway) -> None:
    """So that checksession can tell one that timed out from an openid that never was."""
    await log_in(gateway, APPID, "alice")
    for days, known in ((30, 1), (1.1, 0)):
        await advance(gateway, days)
        assert len(await gateway.world.store.scan(Session)) == known


async def test_a_session_of_long_life_is_kept_as_long(gateway: Gateway) -> None:
    world = gateway.world
    world.view.behaviour = replace(world.behaviour, session_expires_in=Duration(365 * DAY))
    await log_in(gateway, APPID, "alice")
    await advance(gateway, 364)
    found = partial(sessions.find, app=App(APPID), user=User("alice"), now=world.clock.now())
    assert await world.transact(found)


async def test_a_rule_removed_while_a_call_waits_leaves_no_counter(gateway: Gateway) -> None:
    """The call had matched both rules before; it is on its way through the outer one."""
    inner = await gateway.rules.add(Rule(on="*", then=Then.parse({"errcode": -1})))
    [bound] = gateway.rules
    await gateway.rules.remove(inner)
    assert await gateway.world.transact(bound.due) is None
    assert "rule 1 calls" not in {tally.name for tally in await gateway.world.store.scan(Tally)}
