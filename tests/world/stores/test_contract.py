"""What every store keeps."""

from __future__ import annotations

import pytest

from emulator.core.entities import App, Code, Entity, Tally, User
from emulator.world.stores import E, Store, StoreView
from tests.world.stores.elsewhere import STORES


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    return STORES[request.param]()


def code(text: str, ends: float | None = 300.0) -> Code:
    return Code(text, "wx", "alice", 0.0, ends)


async def put(store: Store, *entities: Entity) -> None:
    def work(view: StoreView) -> None:
        for entity in entities:
            view.put(entity)

    await store.transact(work)


async def get(store: Store, kind: type[E], key: str) -> E | None:
    return await store.transact(lambda view: view.get(kind, key))


async def declared(store: Store, kind: type[E]) -> list[E]:
    return await store.transact(lambda view: view.all(kind))


async def delete(store: Store, kind: type[Entity], key: str) -> bool:
    return await store.transact(lambda view: view.delete(kind, key))


async def test_what_was_put_is_found_by_kind_and_key(store: Store) -> None:
    await put(store, App("same", secret="secret"), User("same", nickname="nickname"), code("x"))
    assert await get(store, App, "same") == App("same", secret="secret")
    assert await get(store, User, "same") == User("same", nickname="nickname")
    assert await get(store, Code, "same") is None
    assert await get(store, Code, "x") == code("x")


async def test_a_second_put_replaces_the_first_in_its_place(store: Store) -> None:
    for app in (App("a"), App("b"), App("a", secret="new")):
        await put(store, app)
    assert await declared(store, App) == [App("a", secret="new"), App("b")]


async def test_declared_things_are_listed_and_counted_oldest_first(store: Store) -> None:
    names = ["c", "a", "b"]
    await put(store, *map(User, names))
    assert [user.name for user in await declared(store, User)] == names
    assert await store.transact(lambda view: view.count(User)) == 3


async def test_a_scan_finds_every_entity_of_a_kind_oldest_first(store: Store) -> None:
    await put(store, code("b"), code("a"), App("x"))
    assert [each.code for each in await store.scan(Code)] == ["b", "a"]


async def test_an_emptied_kind_is_empty(store: Store) -> None:
    await put(store, App("a"), code("x"))
    for kind, key in ((App, "a"), (Code, "x")):
        assert await delete(store, kind, key)
        assert not await delete(store, kind, key)
    assert await declared(store, App) == []
    assert await store.scan(Code) == []


async def test_a_transaction_sees_what_it_wrote(store: Store) -> None:
    def work(view: StoreView) -> tuple[Code | None, Code | None, int]:
        view.put(code("x"))
        written = view.get(Code, "x")
        view.delete(Code, "x")
        view.put(User("alice"))
        return written, view.get(Code, "x"), view.count(User)

    assert await store.transact(work) == (code("x"), None, 1)


class SpoiltError(BaseException):
    """What no code of a call's expects."""


@pytest.mark.parametrize("spoil", [ValueError, SpoiltError])
async def test_a_transaction_that_fails_changes_nothing(
    store: Store, spoil: type[BaseException]
) -> None:
    await put(store, code("kept"), code("deleted"), User("alice"))

    def work(view: StoreView) -> None:
        view.put(code("kept", 900.0))
        view.put(code("new"))
        view.delete(Code, "deleted")
        view.put(App("new"))
        view.put(App("new", secret="again"))
        raise spoil

    with pytest.raises(spoil):
        await store.transact(work)
    assert await get(store, Code, "kept") == code("kept")
    assert await get(store, Code, "deleted") == code("deleted")
    assert await get(store, Code, "new") is None
    assert await declared(store, App) == []


async def test_unique_numbers_only_rise(store: Store) -> None:
    def work(view: StoreView) -> list[int]:
        return [view.next("a"), view.next("a", 3), view.next("a"), view.next("b")]

    first = await store.transact(work)
    assert first == [0, 1, 4, 0]
    assert (await store.transact(work))[0] >= 5
    assert set(await store.counters()) == {"a", "b"}


async def test_tickets_have_no_gap_and_end_at_their_limit(store: Store) -> None:
    def work(view: StoreView) -> list[int | None]:
        return [view.ticket("a", 3), view.ticket("a", 3)]

    assert await store.transact(work) == [1, 2]
    assert await store.transact(work) == [3, None]
    assert await store.transact(lambda view: view.ticket("a")) == 4
    assert await store.transact(lambda view: view.ticket("b", 0)) is None


async def test_tickets_start_anew_in_each_window(store: Store) -> None:
    def work(view: StoreView) -> list[int | None]:
        return [view.ticket("a", 1, window) for window in (7, 7, 8)]

    assert await store.transact(work) == [1, None, 1]


async def test_tickets_are_forgotten_once_their_window_has_ended(store: Store) -> None:
    def work(view: StoreView) -> None:
        view.ticket("endless")
        for window in (0, 1):
            view.ticket("minute", None, window, (window + 1) * 60.0)

    await store.transact(work)
    await drop_all(store, 119.0)
    assert {each.name: each.count for each in await store.scan(Tally)} == {
        "endless": 1,
        "minute": 1,
    }
    await drop_all(store, 121.0)
    assert [each.name for each in await store.scan(Tally)] == ["endless"]


async def test_a_ticket_is_never_given_back(store: Store) -> None:
    def work(view: StoreView) -> None:
        view.ticket("a")
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  # its own
        await store.transact(work)
    assert await store.transact(lambda view: view.ticket("a")) == 2


async def test_nothing_is_dropped_before_its_time(store: Store) -> None:
    x = code("x", 100.0)
    await put(store, x)
    assert x.drop_at == 200.0
    await drop_all(store, 200.0)
    assert await get(store, Code, "x") == x
    await drop_all(store, 201.0)
    assert await get(store, Code, "x") is None


async def test_a_new_end_counts_from_then_on(store: Store) -> None:
    await put(store, code("x", 100.0))
    await put(store, code("x", 1000.0))
    await drop_all(store, 500.0)
    assert await get(store, Code, "x") == code("x", 1000.0)
    await drop_all(store, 3000.0)
    assert await get(store, Code, "x") is None


async def test_what_never_ends_is_never_dropped(store: Store) -> None:
    await store.put_many([App("a"), User("u"), code("x", None)])
    await drop_all(store, 1e12)
    assert [len(await store.scan(kind)) for kind in (App, User, Code)] == [1, 1, 1]


async def test_dropping_goes_in_bounded_steps(store: Store) -> None:
    await store.put_many([code(str(n), 100.0 + n % 7) for n in range(1000)])
    steps = []
    while looked := await store.drop_ended(1000.0, 300):
        steps.append(looked)
    assert max(steps) <= 300
    assert sum(steps) == 1000
    assert await store.scan(Code) == []


async def test_a_long_life_does_not_hold_up_the_short_ones(store: Store) -> None:
    await put(store, code("long", 10_000.0))
    await store.put_many([code(f"short{n}", 100.0) for n in range(10)])
    await drop_all(store, 300.0)
    assert [each.code for each in await store.scan(Code)] == ["long"]


async def test_a_deleted_or_renewed_one_is_not_dropped_by_its_old_date(store: Store) -> None:
    await store.put_many([code("renewed", 100.0), code("deleted", 100.0)])
    await put(store, code("renewed", 900.0))
    await delete(store, Code, "deleted")
    await drop_all(store, 500.0)
    assert await store.scan(Code) == [code("renewed", 900.0)]


async def test_replace_forgets_everything_and_keeps_these_instead(store: Store) -> None:
    await put(store, App("a"), code("x"))
    await store.transact(lambda view: view.next("a"))
    await store.replace([User("alice"), code("y")], {"b": 7})
    assert await declared(store, App) == []
    assert [user.name for user in await declared(store, User)] == ["alice"]
    assert [each.code for each in await store.scan(Code)] == ["y"]
    assert await store.counters() == {"b": 7}
    assert await store.transact(lambda view: (view.next("a"), view.next("b"))) == (0, 7)


async def test_a_store_that_nobody_uses_is_forgotten_in_steps(store: Store) -> None:
    await store.put_many([code(str(n)) for n in range(100)])
    while forgotten := await store.forget(30):
        assert forgotten <= 30
    assert await store.scan(Code) == []


async def test_what_people_declared_is_at_hand_without_a_wait(store: Store) -> None:
    at_hand = store.at_hand
    await put(store, App("a"))
    assert at_hand.get(App, "a") == App("a")
    assert at_hand.all(App) == [App("a")]


async def drop_all(store: Store, now: float) -> None:
    while await store.drop_ended(now, 100):
        pass
