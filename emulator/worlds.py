"""The worlds of one server: made on first use from a scenario, bounded in number."""

from __future__ import annotations

from collections.abc import Callable

from .core.masking import quoted
from .core.settings import Settings
from .gateway import Gateway
from .scenario.loaded import NOTHING, Loaded
from .scenario.model import ClockStart
from .scenario.seeding import initial_codes
from .world.clock import Clock, initial_setting
from .world.ids import Ids
from .world.journal import Journal, JournalBudget
from .world.stores import Store
from .world.stores.memory import MemoryStore
from .world.world import DEFAULT, NAME, World

_RUNNING = ClockStart()


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
        self._make_store = make_store
        self._journal_budget = JournalBudget(settings.all_journals_bytes)
        self._gateways: dict[str, Gateway] = {}
        self._scenario = scenario
        self._scenarios: dict[str, Loaded] = {}

    def get(self, name: str) -> Gateway | None:
        """The world's gateway, if it exists already."""
        return self._gateways.get(name)

    async def open(self, name: str = DEFAULT) -> Gateway:
        """The world's gateway; the world is made if need be."""
        if gateway := self._gateways.get(name):
            return gateway
        if not NAME.fullmatch(name):
            raise BadWorldNameError(
                f"expected 1 to 64 letters, digits, '.', '_' or '-' after /w/, got {quoted(name)}"
            )
        # The default world is where the others are listed and deleted.
        if len(self._gateways) >= self._settings.max_worlds and name != DEFAULT:
            raise TooManyWorldsError(
                f"there are {len(self._gateways)} worlds already; DELETE /_emulator/v1/worlds/NAME "
                f"frees one, --max-worlds allows more"
            )
        return await self.reset(name)

    async def reset(self, name: str) -> Gateway:
        """The world as its scenario has it; whoever waits in the old one is let go."""
        old = self._gateways.get(name)
        journal = old.world.journal if old else self._journal()
        gateway = await self._make(name, self.scenario(name), journal)
        journal.clear()
        self._gateways[name] = gateway
        self._scenarios.setdefault(name, self._scenario)
        if old:
            _end(old)
        return gateway

    def scenario(self, name: str) -> Loaded:
        """What the world was made from, or would be."""
        return self._scenarios.get(name, self._scenario)

    async def load(self, name: str, scenario: Loaded) -> None:
        """Start the world anew from another scenario; the default one's is also for later ones."""
        if name == DEFAULT:
            self._scenario = scenario
        self._scenarios[name] = scenario
        await self.reset(name)

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
            _end(gateway)
        return gateway is not None

    def names(self) -> list[str]:
        """Every world's name, oldest first."""
        return list(self._gateways)

    async def drop_ended(self, limit: int) -> int:
        """One step of forgetting what has ended; all worlds share its bound. How much it was."""
        looked = 0
        for gateway in list(self._gateways.values()):
            world = gateway.world
            looked += await world.store.drop_ended(world.clock.now(), limit - looked)
            if looked >= limit:
                break
        return looked

    async def _make(self, name: str, loaded: Loaded, journal: Journal) -> Gateway:
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
                journal=journal,
                tls=scenario.tls,
            )
        )
        await gateway.rules.load(scenario.rules)
        return gateway

    def _journal(self) -> Journal:
        settings = self._settings
        return Journal(settings.journal_entries, settings.journal_bytes, self._journal_budget)


def _end(gateway: Gateway) -> None:
    """Let go whoever waits in a world that is no more; it writes to a journal that keeps nothing.

    What is under way there is no call of any world.
    """
    gateway.world.journal = Journal(0, 0)
    gateway.world.clock.end()
