"""A store across a wire: how many rounds a call costs, and that a lost race changes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from multidict import CIMultiDict

from emulator.core.call import Call, Reply
from emulator.core.entities import App, Code, User
from emulator.core.settings import Settings
from emulator.gateway import Gateway
from emulator.wechat import sessions
from emulator.wechat.codes import ANY_APP, mint
from emulator.wechat.endpoints import load
from emulator.world.stores import StoreView
from emulator.world.stores.remote import RemoteStore
from emulator.world.world import WorldView
from emulator.worlds import Worlds
from tests.support import APPID, SECRET, jscode2session
from tests.world.stores.elsewhere import LosingDatabase

ENDPOINT = load()["/sns/jscode2session"]


async def gateway_on(database: LosingDatabase) -> Gateway:
    return await Worlds(Settings(), make_store=lambda: RemoteStore(database)).open()


async def minted(gateway: Gateway, user: str = "alice") -> str:
    now = gateway.world.clock.now()
    code = await gateway.world.transact(lambda world: mint(world, APPID, user, now))
    return code.code


async def exchange(gateway: Gateway, code: str) -> int:
    """The errcode, 0 for a success."""
    query = jscode2session(js_code=code).partition("?")[2]
    now = gateway.world.clock.now()
    call = Call("GET", ENDPOINT.path, query, CIMultiDict(), b"", "127.0.0.1", now)
    reply = await gateway.answer(ENDPOINT, call)
    assert isinstance(reply, Reply)
    return reply.errcode or 0


async def test_a_warm_exchange_costs_one_fetch_and_one_commit() -> None:
    database = LosingDatabase()
    gateway = await gateway_on(database)
    codes = [await minted(gateway) for _ in range(2)]
    await exchange(gateway, codes[0])
    database.rounds.clear()
    assert await exchange(gateway, codes[1]) == 0
    assert database.rounds == {"fetch": 1, "commit": 1}


@pytest.mark.parametrize(("appid", "fetches"), [(APPID, 1), (ANY_APP, 2)])
async def test_an_exchange_of_a_logins_code_finds_its_key_there(appid: str, fetches: int) -> None:
    """All it reads is named by the code; only an app that no code names takes another round."""
    database = LosingDatabase()
    gateway = await gateway_on(database)

    def log_in(world: WorldView) -> str:
        session = sessions.log_in(world, appid, User("alice"), 0.0)
        return mint(
            world, appid, "alice", gateway.world.clock.now(), session_key=session.session_key
        ).code

    code = await gateway.world.transact(log_in)
    database.rounds.clear()
    assert await exchange(gateway, code) == 0
    assert database.rounds == {"fetch": fetches, "commit": 1}


async def test_of_a_thousand_racing_exchanges_exactly_one_succeeds() -> None:
    database = LosingDatabase(loses=2, turns=True)
    gateway = await gateway_on(database)
    code = await minted(gateway)
    answers = await asyncio.gather(*(exchange(gateway, code) for _ in range(1000)))
    assert Counter(answers) == {0: 1, 40163: 999}


async def test_a_call_runs_again_with_the_same_numbers_and_tickets() -> None:
    runs = []

    def work(view: StoreView) -> None:
        runs.append((view.next("n"), view.next("n", 3), view.ticket("t"), view.get(Code, "x")))
        view.put(Code("x", "wx", "alice", 0.0))

    store = RemoteStore(LosingDatabase(loses=3))
    await store.transact(work)
    assert len(runs) == 4
    assert set(runs) == {(0, 1, 1, None)}
    assert await store.transact(lambda view: (view.next("n"), view.ticket("t"))) == (4, 2)


async def test_a_change_of_what_people_declared_is_seen_before_the_commit() -> None:
    """Replica B deletes the app between A's run and A's commit: A runs again and finds none."""
    database = LosingDatabase()
    a, b = RemoteStore(database), RemoteStore(database)
    await b.put_many([App(APPID, secret=SECRET)])
    await a.transact(lambda view: view.count(App))
    await b.transact(lambda view: view.delete(App, APPID))

    def work(view: StoreView) -> App | None:
        view.put(Code("x", "wx", "alice", 0.0))
        return view.get(App, APPID)

    assert await a.transact(work) is None


async def test_what_was_not_there_may_not_have_come_by_the_commit() -> None:
    database = LosingDatabase()
    a, b = RemoteStore(database), RemoteStore(database)
    await b.put_many([User("alice")])
    seen: list[Code | None] = []

    def work(view: StoreView) -> None:
        seen.append(view.get(Code, "x"))
        if len(seen) == 1:  # B is quicker, once
            database._write((Code, "x"), Code("x", "wx", "bob", 0.0))
        if seen[-1] is None:
            view.put(Code("x", "wx", "alice", 0.0))

    await a.transact(work)
    assert [code and code.user for code in seen] == [None, "bob"]
    assert [code.user for code in await a.scan(Code)] == ["bob"]


async def test_what_calls_create_cannot_be_listed_in_a_call() -> None:
    with pytest.raises(AssertionError, match="find it by its key"):
        await RemoteStore(LosingDatabase()).transact(lambda view: view.all(Code))


async def test_a_call_that_never_wins_ends_with_a_sentence() -> None:
    store = RemoteStore(LosingDatabase(loses=10**9))
    with pytest.raises(TimeoutError, match="always quicker"):
        await store.transact(lambda view: view.put(Code("x", "wx", "alice", 0.0)))
