"""What a million codes must not cost: counted, not timed (`python -m benchmarks` does that)."""

from __future__ import annotations

import gc
import tracemalloc
from functools import partial

import pytest

from emulator.core.call import Call
from emulator.core.entities import App, Code
from emulator.core.settings import Settings
from emulator.gateway import Gateway
from emulator.wechat import codes, endpoints
from emulator.world.world import World
from emulator.worlds import Worlds
from tests.counting import Counter
from tests.support import APPID, SECRET

MANY = 20_000
PER_CHUNK = 500


@pytest.fixture
def worlds() -> Worlds:
    return Worlds(Settings())


async def mint(world: World, count: int = MANY) -> None:
    for _ in range(0, count, PER_CHUNK):
        now, users = world.clock.now(), ["alice", "bob"]
        await world.transact(
            partial(codes.mint_many, appid=APPID, users=users, count=PER_CHUNK, now=now)
        )


def walked_by_the_collector() -> int:
    """How many references a full garbage collection follows."""
    gc.collect()
    return sum(len(gc.get_referents(each)) for each in gc.get_objects())


async def test_the_garbage_collector_does_not_walk_through_codes(worlds: Worlds) -> None:
    world = (await worlds.open()).world
    await mint(world, PER_CHUNK)
    before = walked_by_the_collector()
    await mint(world)
    assert walked_by_the_collector() - before < MANY / 20
    assert not gc.is_tracked(world.view.store.all(Code)[0])


async def test_a_live_code_takes_at_most_400_bytes(worlds: Worlds) -> None:
    world = (await worlds.open()).world
    tracemalloc.start()
    try:
        await mint(world)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / MANY <= 400


async def test_what_has_ended_goes_in_steps_that_all_worlds_share(worlds: Worlds) -> None:
    all_of_them = [(await worlds.open(name)).world for name in ("default", "other")]
    for world in all_of_them:
        await mint(world, 2 * PER_CHUNK)
        world.clock.advance(world.view.store, 700)
    steps = []
    while step := await worlds.drop_ended(PER_CHUNK):
        steps.append(step)
    assert steps == [PER_CHUNK] * 4
    assert [world.view.store.count(Code) for world in all_of_them] == [0, 0]


async def test_an_exchange_costs_the_same_among_many_codes_and_with_a_full_journal() -> None:
    worlds = Worlds(Settings(journal_entries=200))
    await cost_of_exchanges(await worlds.open("other"))  # loads what the first call loads
    gateway = await worlds.open()
    among_few = await cost_of_exchanges(gateway)
    await mint(gateway.world)
    assert await cost_of_exchanges(gateway) <= 1.05 * among_few


async def cost_of_exchanges(gateway: Gateway, count: int = 200) -> int:
    """How many function calls it takes to exchange so many codes."""
    view = gateway.world.view
    view.store.put(App(APPID, secret=SECRET))
    minted = codes.mint_many(view, APPID, ["alice"], count, 0.0)
    calls = [exchange_of(code.code) for code in minted]
    endpoint = endpoints.load()["/sns/jscode2session"]
    with Counter() as counter:
        for call in calls:
            await gateway.answer(endpoint, call)
    return counter.calls


def exchange_of(code: str) -> Call:
    query = f"appid={APPID}&secret={SECRET}&js_code={code}&grant_type=authorization_code"
    return Call("GET", "/sns/jscode2session", query, {}, b"", "127.0.0.1", 0.0)
