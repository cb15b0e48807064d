"""Big worlds come and go in steps: others get their turns, and nobody sees half of one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from emulator.core.entities import Code, User
from emulator.core.settings import Settings
from emulator.scenario.loaded import Loaded
from emulator.scenario.loading import Source, load
from emulator.snapshots import take
from emulator.world.stores import memory
from emulator.world.stores.memory import MemoryStore
from emulator.worlds import TooManyWorldsError, Worlds
from tests.support import APPID, Harness

MANY = 50
USERS = {"version": 1, "users": [{"name": f"user-{n}"} for n in range(MANY)]}


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_STEP", 10)


async def users_seen_while(emulator: Harness, working: Awaitable[Any]) -> set[int]:
    """How many users the world was seen to have, in each turn of the loop until it is done."""
    task, seen = asyncio.ensure_future(working), set()
    while not task.done():
        seen.add(emulator.world().view.store.count(User))
        await asyncio.sleep(0)
    assert (await task)[0] == 200
    return seen


async def test_nobody_sees_half_a_scenario(emulator: Harness) -> None:
    loading = emulator.call_control("PUT", "scenario", USERS)
    assert await users_seen_while(emulator, loading) <= {0, MANY}


async def test_nobody_sees_half_a_reset(emulator: Harness) -> None:
    await emulator.control("PUT", "scenario", USERS)
    resetting = emulator.call_control("POST", "reset")
    assert await users_seen_while(emulator, resetting) == {MANY}


async def test_nobody_sees_half_a_snapshot(emulator: Harness) -> None:
    await emulator.control("PUT", "scenario", USERS)
    taken = await emulator.control("GET", "state")
    await emulator.control("PUT", "scenario", {"version": 1})
    restoring = emulator.call_control("PUT", "state", taken)
    assert await users_seen_while(emulator, restoring) <= {0, MANY}
    assert await emulator.control("GET", "state") == taken


async def test_a_store_is_filled_with_turns_for_others() -> None:
    turns, store = 0, MemoryStore()
    filling = asyncio.ensure_future(store.put_many([User(str(n)) for n in range(100)]))
    while not filling.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns >= 100 / memory._STEP


async def test_a_load_that_ends_early_changes_nothing() -> None:
    worlds = Worlds(Settings())
    before, scenario = await worlds.open(), worlds.scenario("default")
    loading = asyncio.ensure_future(worlds.load("default", big_scenario()))
    await asyncio.sleep(0)
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
    assert worlds.get("default") is before
    assert worlds.scenario("default") is worlds.scenario("other") is scenario
    assert (await worlds.open("other")).world.view.store.count(User) == 0


async def test_a_world_that_many_ask_for_at_once_is_made_once() -> None:
    worlds = Worlds(Settings(), big_scenario())
    first, *others = await asyncio.gather(*(worlds.open("one") for _ in range(5)))
    assert all(other is first for other in others)


async def test_worlds_that_are_being_made_count() -> None:
    worlds = Worlds(Settings(max_worlds=2), big_scenario())
    opened = await asyncio.gather(*(worlds.open(f"w{n}") for n in range(5)), return_exceptions=True)
    assert len([each for each in opened if isinstance(each, TooManyWorldsError)]) == 3
    assert len(worlds.names()) == 2


@pytest.mark.parametrize("how", ["delete", "reset"])
async def test_what_a_world_held_goes_in_steps(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("emulator.worlds.monotonic", lambda: now)
    worlds = Worlds(Settings(), big_scenario())
    store = (await worlds.open("one")).world.store
    if how == "delete":
        worlds.delete("one")
    else:
        await worlds.reset("one")
    assert await worlds.drop_ended(20) == 0, "a call under way may still look into it"
    now += 1
    assert [await worlds.drop_ended(20) for _ in range(4)] == [20, 20, 10, 0]
    assert await store.scan(User) == []


async def test_what_a_snapshot_replaced_goes_in_steps() -> None:
    store = MemoryStore()
    codes = [Code(str(n), APPID, "alice", 0.0, 1e9) for n in range(MANY)]
    await store.put_many(codes)
    await store.replace([User("alice")], {})
    assert [await store.drop_ended(0.0, 60) for _ in range(3)] == [60, 40, 0]
    assert await store.scan(User) == [User("alice")]
    assert await store.scan(Code) == []


async def test_a_snapshot_is_of_one_moment(emulator: Harness) -> None:
    await emulator.control("PUT", "users/alice", {})
    world = emulator.world()
    pieces = await take(world)
    first = next(pieces)
    world.view.store.put(User("bob"))
    assert b"bob" not in first + b"".join(pieces)


async def test_head_of_a_snapshot_has_no_body(emulator: Harness) -> None:
    async with emulator.http.head(f"{emulator.url}/_emulator/v1/state") as response:
        assert response.status == 200
        assert await response.read() == b""
    assert "entities" in await emulator.control("GET", "state"), "on the same connection"


def big_scenario() -> Loaded:
    users = "".join(f"- name: user-{n}\n" for n in range(MANY))
    return load([Source("big.yaml", f"version: 1\nusers:\n{users}".encode())])
