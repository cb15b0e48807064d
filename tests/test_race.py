"""One code, many exchanges at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter

import aiohttp

from tests.support import Emulator, jscode2session


async def test_of_200_clients_exactly_one_gets_the_session(emulator: Emulator) -> None:
    target = emulator.url + jscode2session(js_code=await emulator.login())

    async def exchange(client: aiohttp.ClientSession) -> int:
        async with client.get(target) as response:
            answer = await response.json(content_type=None)
            return int(answer.get("errcode", 0))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        results = await asyncio.gather(*(exchange(client) for _ in range(200)))
    assert Counter(results) == {0: 1, 40163: 199}


async def test_logins_of_many_users_at_once_do_not_mix(emulator: Emulator) -> None:
    users = [f"user{n}" for n in range(50)]
    codes = await asyncio.gather(*map(emulator.login, users))
    sessions = await asyncio.gather(*map(emulator.exchange, codes))
    again = [await emulator.exchange(await emulator.login(user)) for user in users]
    assert [each["openid"] for each in sessions] == [each["openid"] for each in again]
    assert len({each["openid"] for each in sessions}) == 50
