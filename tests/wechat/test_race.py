"""One code, many exchanges at the same moment."""

from __future__ import annotations

import ast
import asyncio
from collections import Counter
from pathlib import Path

import aiohttp

import emulator as emulator_package
from tests.support import Harness, jscode2session


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


WAITING = {"sleep_until", "until_ended", "wait", "_came"}
"""What waits for something else than a store."""


def coroutines(folder: Path) -> set[str]:
    return {
        node.name
        for path in folder.rglob("*.py")
        if path.parent.name != "stores"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
    }


def test_nothing_of_the_kernel_can_wait_between_a_look_and_a_change() -> None:
    """Its functions are plain, so nobody can write such a wait; `transact` runs them as a whole."""
    package = Path(emulator_package.__file__).parent
    assert coroutines(package / "wechat") == coroutines(package / "core") == set()
    assert coroutines(package / "world") == {*WAITING, "transact"}
