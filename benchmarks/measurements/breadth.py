"""What many users and many worlds cost an exchange."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from ..calls import exchange
from ..harness import Run, Side, compare
from ..servers import Server, emulator
from . import measurement

_GOAL = "at most 1.1"
_ONE = ["alice"]


@measurement
def users(run: Run) -> None:
    """Exchanges of which each is another user's first login, against one user's again and again."""
    start = emulator("--quiet")
    many = Side("every one another user", start, _of_users)
    one = Side("one user", start, lambda server, count: _minted(server, count, _ONE))
    seen = compare(run, many, one, count=run.size(100_000, 200))
    seen.figures()
    seen.ratio(many.name, one.name, _GOAL)


@measurement
def worlds(run: Run) -> None:
    """Exchanges in a thousand worlds by turns, against the same in one."""
    many, one = run.size(1000, 10), 1
    start = emulator("--quiet", "--max-worlds", str(many + 1))  # and the default one
    sides = [Side(f"{n} world{'s'[: n > 1]}", start, _in_worlds(n)) for n in (many, one)]
    seen = compare(run, *sides, count=run.size(20_000, 200))
    seen.figures()
    seen.ratio(sides[0].name, sides[1].name, _GOAL)


def _of_users(server: Server, count: int) -> list[str]:
    return _minted(server, count, [f"user{n}" for n in range(count)])


def _minted(server: Server, count: int, users: list[str]) -> list[str]:
    server.declare()
    return [exchange(code) for code in server.mint(count, users)]


def _in_worlds(worlds: int) -> Callable[[Server, int], list[str]]:
    def requests(server: Server, count: int) -> list[str]:
        names = [f"/w/w{n}" for n in range(worlds)]
        minted = [
            [exchange(code, world) for code in server.mint(count // worlds, _ONE, world=world)]
            for world in names
        ]
        return list(chain.from_iterable(zip(*minted, strict=True)))

    return requests
