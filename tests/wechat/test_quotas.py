"""Quotas are exact: no call is lost, none is let through twice."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from emulator.core.settings import Settings
from emulator.wechat import quotas
from emulator.wechat.errors import WeChatError
from emulator.world.behaviour import Allowance, Quota
from emulator.world.world import World
from emulator.worlds import Worlds
from tests.world.stores.elsewhere import STORES

NOW = 1767240000.0


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest) -> World:
    return (await Worlds(Settings(), make_store=STORES[request.param]).open()).world


async def refusal(
    world: World, allowance: Allowance, what: str = "token", appid: str = "wx1", now: float = NOW
) -> WeChatError | None:
    """What the call is refused with, if it is."""
    work = partial(quotas.spend, allowance=allowance, what=what, appid=appid, now=now)
    try:
        await world.transact(work)
    except WeChatError as error:
        return error
    return None


async def spend(world: World, allowance: Allowance, *which: Any) -> int:
    """The errcode that the call is refused with, or 0."""
    refused = await refusal(world, allowance, *which)
    return refused.errcode if refused else 0


async def test_of_calls_that_come_at_once_as_many_pass_as_are_allowed(world: World) -> None:
    answers = await asyncio.gather(*(spend(world, Quota(minute=3)) for _ in range(10)))
    assert sorted(answers) == [0] * 3 + [45011] * 7


async def test_apps_and_endpoints_are_counted_apart(world: World) -> None:
    for quota in (Quota(day=1), Quota(minute=1)):
        for what, appid in (("token", "wx1"), ("token", "wx2"), ("stable_token", "wx1")):
            assert await spend(world, quota, what, appid) == 0


async def test_all_calls_of_a_minute_and_of_a_day_are_counted_together(world: World) -> None:
    for quota, span, errcode in ((Quota(minute=1), 60, 45011), (Quota(day=1), 12 * 3600, 45009)):
        for passed, expected in ((0, 0), (span - 1, errcode), (span, 0)):
            assert await spend(world, quota, "token", "wx1", NOW + passed) == expected


async def test_what_has_no_quota_always_passes(world: World) -> None:
    assert await refusal(world, "off") is None


@pytest.mark.parametrize(
    ("allowance", "most"),
    [(Quota(minute=0), "0 calls of {} this minute"), (Quota(day=0), "0 calls of {} this day")],
)
@pytest.mark.parametrize("what", ["token", "stable_token"])
async def test_the_hint_of_a_refusal_names_whose_quota_it_was(
    world: World, allowance: Quota, most: str, what: str
) -> None:
    refused = await refusal(world, allowance, what)
    assert refused is not None
    assert refused.hint.startswith(f"wx1 has had its {most.format(what)}")


@pytest.mark.parametrize(("what", "names_the_other"), [("token", True), ("stable_token", False)])
async def test_only_the_day_of_token_tells_of_the_stable_one(
    world: World, what: str, names_the_other: bool
) -> None:
    refused = await refusal(world, Quota(day=0), what)
    assert refused is not None
    assert ("getStableAccessToken" in (refused.text or "")) == names_the_other


def test_a_day_begins_at_midnight_in_beijing() -> None:
    today = quotas.day_of(NOW)
    assert quotas.midnight(today) == NOW - 12 * 3600
    assert quotas.day_of(quotas.midnight(today) - 1) == today - 1
