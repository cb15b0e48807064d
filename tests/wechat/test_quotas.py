"""Quotas under a race: no call is lost, none is let through twice."""

from __future__ import annotations

import pytest

from emulator.core.entities import Entity, Tally
from emulator.core.settings import Settings
from emulator.wechat import quotas
from emulator.wechat.errors import WeChatError
from emulator.world.behaviour import Quota
from emulator.world.stores.memory import MemoryStore
from emulator.world.world import World
from emulator.worlds import Worlds

NOW = 1767240000.0


class Contested(MemoryStore):
    """A store in which another replica counts a call just before our first swap."""

    others = 1

    async def swap(self, old: Entity, new: Entity) -> bool:
        """As in `Store`."""
        if self.others and isinstance(old, Tally):
            self.others -= 1
            await self.put(Tally(old.name, old.window, old.count + 1))
        return await super().swap(old, new)


@pytest.fixture
async def world() -> World:
    world = (await Worlds(Settings()).open()).world
    world.store = Contested()
    return world


async def test_a_call_that_loses_the_race_is_counted_after_the_other(world: World) -> None:
    allowance = Quota(minute=3)
    for _ in range(2):
        await quotas.spend(world, allowance, "token", "wx1", NOW)
    with pytest.raises(WeChatError) as caught:
        await quotas.spend(world, allowance, "token", "wx1", NOW)
    assert caught.value.errcode == 45011


async def test_apps_and_endpoints_are_counted_apart(world: World) -> None:
    world.store = MemoryStore()
    for what, appid in (("token", "wx1"), ("token", "wx2"), ("stable_token", "wx1")):
        await quotas.spend(world, Quota(day=1), what, appid, NOW)


def test_a_day_begins_at_midnight_in_beijing() -> None:
    today = quotas.day_of(NOW)
    assert quotas.midnight(today) == NOW - 12 * 3600
    assert quotas.day_of(quotas.midnight(today) - 1) == today - 1
