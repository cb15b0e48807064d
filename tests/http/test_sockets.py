"""Listening on a host of several addresses, some of which cannot be had."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, ENOBUFS
from typing import Any

import pytest

from emulator.http.sockets import AddressError, listen


class Box:
    """A host that is 127.0.0.1 and ::1; `refusals` says which of them cannot be had, and why."""

    def __init__(self) -> None:
        self.refusals: dict[str, int] = {}
        self.servers: list[asyncio.Server] = []
        self.ports: list[int] = []
        self.create_server = asyncio.get_running_loop().create_server

    async def resolve(self, *_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.1", "::1")]

    async def bind(self, factory: Any, address: str, port: int, **more: Any) -> asyncio.Server:
        if number := self.refusals.get(address):
            raise OSError(number, os.strerror(number))
        self.ports.append(port)
        self.servers.append(await self.create_server(factory, "127.0.0.1", 0, **more))
        return self.servers[-1]

    @property
    def listening(self) -> int:
        """How many of its sockets are open."""
        return sum(server.is_serving() for server in self.servers)


@pytest.fixture
async def box(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Box]:
    box, loop = Box(), asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", box.resolve)
    monkeypatch.setattr(loop, "create_server", box.bind)
    yield box
    for server in box.servers:
        server.close()


async def test_every_address_is_listened_on(box: Box) -> None:
    assert len(await listen(asyncio.Protocol, "box", 0)) == box.listening == 2


async def test_the_free_port_of_the_first_address_is_that_of_all(box: Box) -> None:
    first, _ = await listen(asyncio.Protocol, "box", 0)
    assert box.ports == [0, first.port]


async def test_a_second_address_this_machine_lacks_is_passed_over(box: Box) -> None:
    box.refusals["::1"] = EADDRNOTAVAIL
    assert len(await listen(asyncio.Protocol, "box", 0)) == box.listening == 1


async def test_an_address_that_is_taken_lets_go_of_the_others(box: Box) -> None:
    box.refusals["::1"] = EADDRINUSE
    with pytest.raises(AddressError):
        await listen(asyncio.Protocol, "box", 0)
    assert box.listening == 0


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (EADDRINUSE, "something listens there already; stop it, or choose another port "
         "(0: a free one)"),
        (EADDRNOTAVAIL, "that is not an address of this machine; see --host"),
        (EACCES, "this user may not listen on a port below 1024"),
        (ENOBUFS, "No buffer space available"),
    ],
)  # fmt: skip
async def test_a_refusal_says_why(box: Box, number: int, why: str) -> None:
    box.refusals["127.0.0.1"] = number
    with pytest.raises(AddressError) as caught:
        await listen(asyncio.Protocol, "box", 80)
    assert str(caught.value) == f"cannot listen on box port 80: {why}"
