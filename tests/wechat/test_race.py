"""One code, many exchanges at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter

import aiohttp
from multidict import CIMultiDict

from emulator.core.call import Call, Reply
from emulator.core.entities import Entity
from emulator.gateway import Gateway
from emulator.wechat.codes import mint
from emulator.wechat.endpoints import load
from emulator.world.stores import E
from emulator.world.stores.memory import MemoryStore
from tests.support import APPID, Harness, jscode2session


async def test_of_200_clients_exactly_one_gets_the_session(emulator: Harness) -> None:
    target = emulator.url + jscode2session(js_code=await emulator.login())

    async def exchange(client: aiohttp.ClientSession) -> int:
        async with client.get(target) as response:
            answer = await response.json(content_type=None)
            return int(answer.get("errcode", 0))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        results = await asyncio.gather(*(exchange(client) for _ in range(200)))
    assert Counter(results) == {0: 1, 40163: 199}


async def test_logins_of_many_users_at_once_do_not_mix(emulator: Harness) -> None:
    users = [f"user{n}" for n in range(50)]
    codes = await asyncio.gather(*map(emulator.login, users))
    sessions = await asyncio.gather(*map(emulator.exchange, codes))
    again = [await emulator.exchange(await emulator.login(user)) for user in users]
    assert [each["openid"] for each in sessions] == [each["openid"] for each in again]
    assert len({each["openid"] for each in sessions}) == 50


class SlowStore(MemoryStore):
    """A store that lets others in between, as one on the network does."""

    async def get(self, kind: type[E], key: str) -> E | None:
        await asyncio.sleep(0)
        return await super().get(kind, key)

    async def swap(self, old: Entity, new: Entity) -> bool:
        await asyncio.sleep(0)
        return await super().swap(old, new)


async def test_a_code_is_spent_once_also_where_the_store_takes_its_time(
    emulator: Harness,
) -> None:
    world = emulator.world()
    world.store = SlowStore()
    gateway, endpoint = Gateway(world), load()["/sns/jscode2session"]
    code = await mint(world, APPID, "alice")
    query = jscode2session(js_code=code.code).partition("?")[2]
    calls = [
        Call("GET", endpoint.path, query, CIMultiDict(), b"", "127.0.0.1", code.issued_at)
        for _ in range(20)
    ]
    replies = await asyncio.gather(*(gateway.answer(endpoint, call) for call in calls))
    assert Counter(each.errcode for each in replies if isinstance(each, Reply)) == {
        None: 1,
        40163: 19,
    }
