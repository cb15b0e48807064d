"""Quotas are exact: no call is lost, none is let through twice."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from emulator.core.settings import Settings
from emulator.wechat import quotas
from emulator.wechat.errors import WeChatError
from emulator.world.behaviour import Quota
from emulator.world.world import World
from emulator.worlds import Worlds
from tests.world.stores.elsewhere import STORES

NOW = 1767240000.0


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest) -> World:
    return (await Worlds(Settings(), make_store=STORES[request.param]).open()).world


async def spend(world: World, allowance: Quota, what: str = "token", appid: str = "wx1") -> int:
    """The errcode that the call is refused with, or 0."""
    work = partial(quotas.spend, allowance=allowance, what=what, appid=appid, now=NOW)
    try:
        await world.transact(work)
    except WeChatError as error:
        return error.errcode
    return 0


async def test_of_calls_that_come_at_once_as_many_pass_as_are_allowed(world: World) -> None:
    answers = await asyncio.gather(*(spend(world, Quota(minute=3)) for _ in range(10)))
    assert sorted(answers) == [0] * 3 + [45011] * 7


async def test_apps_and_endpoints_are_counted_apart(world: World) -> None:
    for what, appid in (("token", "wx1"), ("token", "wx2"), ("stable_token", "wx1")):
        assert await spend(world, Quota(day=1), what, appid) == 0


def test_a_day_begins_at_midnight_in_beijing() -> None:
    today = quotas.day_of(NOW)
    assert quotas.midnight(today) == NOW - 12 * 3600
    assert quotas.day_of(quotas.midnight(today) - 1) == today - 1
