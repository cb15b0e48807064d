"""The worlds of one server: made on first use from a scenario, bounded in number."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .core.hosts import host_name
from .core.masking import quoted
from .core.settings import Settings
from .gateway import Gateway
from .scenario.loaded import NOTHING, Loaded
from .scenario.model import ClockStart
from .scenario.seeding import initial_codes
from .world.clock import Clock, initial_setting, monotonic
from .world.ids import Ids
from .world.journal import Journal, JournalBudget
from .world.stores import Store
from .world.stores.memory import MemoryStore
from .world.world import DEFAULT, NAME, World

_RUNNING = ClockStart()
_LAST_CALLS = 1.0
"""Seconds for which calls under way may still use the store of a world that is no more."""


class TooManyWorldsError(Exception):
    """No further world may be made."""


class BadWorldNameError(Exception):
    """What stands after `/w/` is no world's name."""


class Worlds:
    """Every world by its name."""

    def __init__(
        self,
        settings: Settings,
        scenario: Loaded = NOTHING,
        *,
        make_store: Callable[[], Store] = MemoryStore,
    ) -> None:
        """Worlds start from `scenario` until another is loaded; each has a store of its own."""
        self._settings = settings
        self._own_hosts = [host_name(each) for each in (*settings.host, *settings.allowed_hosts)]
        self._make_store = make_store
        self._journal_budget = JournalBudget(settings.all_journals_bytes)
        self._gateways: dict[str, Gateway] = {}
        self._scenario = scenario
        self._scenarios: dict[str, Loaded] = {}
        self._turns: dict[str, _Turn] = {}
        """By the name of each world that is being made."""
        self._glimpsed: tuple[str, Loaded, Gateway] | None = None
        self._glimpsing = asyncio.Lock()
        self._left: deque[tuple[float, Store]] = deque()
        """The stores of worlds that are no more, oldest first, and since when."""

    def get(self, name: str) -> Gateway | None:
        """The world's gateway, if it exists already."""
        return self._gateways.get(name)

    async def open(self, name: str = DEFAULT) -> Gateway:
        """The world's gateway; the world is made if need be."""
        if gateway := self._gateways.get(name):
            return gateway
        _check_name(name)
        # The default world is where the others are listed and deleted.
        made = len(self._gateways.keys() | self._turns.keys())
        if name not in self._turns and made >= self._settings.max_worlds and name != DEFAULT:
            raise TooManyWorldsError(
                f"there are {made} worlds already; DELETE /_emulator/v1/worlds/NAME "
                f"frees one, --max-worlds allows more"
            )
        async with self._turn(name):
            return self._gateways.get(name) or await self._start(name, self.scenario(name))

    async def glimpse(self, name: str) -> Gateway:
        """The world as it would be if it were made now, for who only looks.

        The last one is kept, so that looking again and again costs nothing; no call gets to it.
        """
        _check_name(name)
        loaded = self.scenario(name)
        async with self._glimpsing:
            if (kept := self._glimpsed) is not None:
                if kept[0] == name and kept[1] is loaded:
                    return kept[2]
                self._glimpsed = None
                self._leave(kept[2])
            gateway = await self._make(name, loaded)
            self._glimpsed = name, loaded, gateway
            return gateway

    async def reset(self, name: str) -> Gateway:
        """The world as its scenario has it; whoever waits in the old one is let go."""
        async with self._turn(name):
            return await self._start(name, self.scenario(name))

    async def _start(self, name: str, loaded: Loaded) -> Gateway:
        """Make the world beside the one there is, then let it take its place."""
        gateway = await self._make(name, loaded)
        old = self._gateways.get(name)
        gateway.world.journal = old.world.journal if old else self._journal()
        gateway.world.journal.clear()
        self._gateways[name] = gateway
        self._scenarios[name] = loaded
        if old:
            self._leave(old)
        return gateway

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        """One at a time makes a world of this name: with many users it takes a while."""
        turn = self._turns.setdefault(name, _Turn())
        turn.wanted += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                del self._turns[name]

    def _leave(self, gateway: Gateway) -> None:
        """Let go whoever waits in a world that is no more.

        What is under way there is no call of any world: it writes to a journal that keeps nothing.
        """
        gateway.world.journal = _no_journal()
        gateway.world.clock.end()
        self._left.append((monotonic(), gateway.world.store))

    def scenario(self, name: str) -> Loaded:
        """What the world was made from, or would be."""
        return self._scenarios.get(name, self._scenario)

    async def load(self, name: str, scenario: Loaded) -> None:
        """Start the world anew from another scenario; the default one's is also for later ones.

        Until it is made, all is as before: a client may leave meanwhile.
        """
        async with self._turn(name):
            await self._start(name, scenario)
        if name == DEFAULT:
            self._scenario = scenario

    async def replace(self, old: Loaded, new: Loaded) -> None:
        """Start every world of one scenario, made or to be made, from another."""
        if self._scenario is old:
            self._scenario = new
        for name in [name for name, its in self._scenarios.items() if its is old]:
            await self.load(name, new)

    def delete(self, name: str) -> bool:
        """Forget the world; whether there was one."""
        gateway = self._gateways.pop(name, None)
        self._scenarios.pop(name, None)
        if gateway:
            gateway.world.journal.end()
            self._leave(gateway)
        return gateway is not None

    def names(self) -> list[str]:
        """Every world's name, oldest first."""
        return list(self._gateways)

    async def drop_ended(self, limit: int) -> int:
        """One step of forgetting what has ended; all worlds share its bound. How much it was."""
        looked = await self._forget_left(limit)
        if looked >= limit:
            return looked
        for gateway in list(self._gateways.values()):
            world = gateway.world
            looked += await world.store.drop_ended(world.clock.now(), limit - looked)
            if looked >= limit:
                break
        return looked

    async def _forget_left(self, limit: int) -> int:
        """The same for worlds that are no more, once the last calls there are done."""
        forgotten = 0
        while self._left and forgotten < limit and monotonic() - self._left[0][0] >= _LAST_CALLS:
            step = await self._left[0][1].forget(limit - forgotten)
            forgotten += step
            if not step:
                self._left.popleft()
        return forgotten

    async def _make(self, name: str, loaded: Loaded) -> Gateway:
        store, scenario = self._make_store(), loaded.scenario
        behaviour = scenario.behaviour
        clock = Clock(store.at_hand)
        if scenario.clock != _RUNNING:
            setting = initial_setting(scenario.clock.at, frozen=scenario.clock.frozen)
            await store.put_many([setting])
        await store.put_many(loaded.initial_entities)
        await store.put_many(initial_codes(scenario, behaviour, clock.now()))
        ids = Ids(scenario.seed, name)
        gateway = Gateway(
            World(
                name,
                behaviour=behaviour,
                store=store,
                clock=clock,
                ids=ids,
                journal=_no_journal(),
                tls=scenario.tls,
            ),
            self._own_hosts,
        )
        await gateway.rules.load(scenario.rules)
        return gateway

    def _journal(self) -> Journal:
        settings = self._settings
        return Journal(settings.journal_entries, settings.journal_bytes, self._journal_budget)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadWorldNameError(
            f"expected 1 to 64 letters, digits, '.', '_' or '-' after /w/, got {quoted(name)}"
        )


def _no_journal() -> Journal:
    """For calls of no world."""
    return Journal(0, 0)


class _Turn:
    """The lock of those who want to make a world of one name, and how many they are."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0
