"""What every store keeps. A new store is one more line in `STORES`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator.core.entities import App, Code, Entity, User
from emulator.world.stores import Store
from emulator.world.stores.memory import MemoryStore

STORES: dict[str, Callable[[], Store]] = {
    "memory": MemoryStore,
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    return STORES[request.param]()


def code(text: str, ends: float | None = 300.0) -> Code:
    return Code(text, "wx", "alice", 0.0, ends)


async def test_what_was_put_is_found_by_kind_and_key(store: Store) -> None:
    await store.put(App("same", secret="secret"))
    await store.put(User("same", nickname="nickname"))
    assert await store.get(App, "same") == App("same", secret="secret")
    assert await store.get(User, "same") == User("same", nickname="nickname")
    assert await store.get(Code, "same") is None


async def test_a_second_put_replaces_the_first_in_its_place(store: Store) -> None:
    for app in (App("a"), App("b"), App("a", secret="new")):
        await store.put(app)
    assert await store.all(App) == [App("a", secret="new"), App("b")]


async def test_add_keeps_the_first_of_a_key(store: Store) -> None:
    assert await store.add(App("a", secret="first"))
    assert not await store.add(App("a", secret="second"))
    assert await store.add(User("a"))
    assert await store.get(App, "a") == App("a", secret="first")


async def test_all_gives_the_oldest_first(store: Store) -> None:
    names = ["c", "a", "b"]
    await store.put_many([User(name) for name in names])
    assert [user.name for user in await store.all(User)] == names
    assert await store.count(User) == 3


async def test_an_emptied_kind_is_empty(store: Store) -> None:
    await store.put(App("a"))
    assert await store.delete(App, "a")
    assert not await store.delete(App, "a")
    assert await store.all(App) == []
    assert await store.count(App) == 0


async def test_swap_takes_place_if_nothing_has_changed(store: Store) -> None:
    old, used = code("x"), Code("x", "wx", "alice", 0.0, 300.0, used_at=1.0)
    await store.put(old)
    assert await store.swap(old, used)
    assert await store.get(Code, "x") == used


async def test_of_two_swaps_from_one_state_the_second_loses(store: Store) -> None:
    old = code("x")
    await store.put(old)
    assert await store.swap(old, Code("x", "wx", "alice", 0.0, 300.0, used_at=1.0))
    assert not await store.swap(old, Code("x", "wx", "alice", 0.0, 300.0, used_at=2.0))


async def test_what_is_gone_cannot_be_swapped(store: Store) -> None:
    assert not await store.swap(code("x"), code("x", 600.0))
    assert await store.get(Code, "x") is None


async def test_a_swap_may_change_when_it_ends(store: Store) -> None:
    await store.put(code("x", 100.0))
    assert await store.swap(code("x", 100.0), code("x", 1000.0))
    await drop_all(store, 500.0)
    assert await store.get(Code, "x") == code("x", 1000.0)
    await drop_all(store, 3000.0)
    assert await store.get(Code, "x") is None


async def test_counters_hand_out_each_number_once(store: Store) -> None:
    assert [await store.next("a"), await store.next("a", 3), await store.next("a")] == [0, 1, 4]
    assert await store.next("b") == 0
    assert await store.counters() == {"a": 5, "b": 1}


async def test_counters_can_be_put_back(store: Store) -> None:
    await store.next("a")
    await store.next("b")
    await store.set_counters({"a": 7})
    assert [await store.next("a"), await store.next("b")] == [7, 0]


async def test_nothing_is_dropped_before_its_time(store: Store) -> None:
    x = code("x", 100.0)
    await store.put(x)
    assert x.drop_at == 200.0
    await drop_all(store, 200.0)
    assert await store.get(Code, "x") == x
    await drop_all(store, 201.0)
    assert await store.get(Code, "x") is None


async def test_what_never_ends_is_never_dropped(store: Store) -> None:
    kept: list[Entity] = [App("a"), User("u"), code("x", None)]
    await store.put_many(kept)
    await drop_all(store, 1e12)
    assert await store.count(App) + await store.count(User) + await store.count(Code) == 3


async def test_dropping_goes_in_bounded_steps(store: Store) -> None:
    await store.put_many([code(str(n), 100.0 + n % 7) for n in range(1000)])
    steps = []
    while looked := await store.drop_ended(1000.0, 300):
        steps.append(looked)
    assert max(steps) <= 300
    assert sum(steps) == 1000
    assert await store.count(Code) == 0


async def test_a_long_life_does_not_hold_up_the_short_ones(store: Store) -> None:
    await store.put(code("long", 10_000.0))
    await store.put_many([code(f"short{n}", 100.0) for n in range(10)])
    await drop_all(store, 300.0)
    assert [each.code for each in await store.all(Code)] == ["long"]


async def test_a_deleted_or_renewed_one_is_not_dropped_by_its_old_date(store: Store) -> None:
    await store.put_many([code("renewed", 100.0), code("deleted", 100.0)])
    await store.put(code("renewed", 900.0))
    await store.delete(Code, "deleted")
    await drop_all(store, 500.0)
    assert await store.all(Code) == [code("renewed", 900.0)]


async def test_clear_forgets_everything(store: Store) -> None:
    await store.put_many([App("a"), code("x")])
    await store.next("a")
    await store.clear()
    assert await store.all(App) == []
    assert await store.counters() == {}
    assert await store.drop_ended(1e12, 10) == 0


async def drop_all(store: Store, now: float) -> None:
    while await store.drop_ended(now, 100):
        pass
