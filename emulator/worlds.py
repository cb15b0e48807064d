"""The worlds of one server: made on first use from a scenario, bounded in number."""

from __future__ import annotations

from .behaviour import Behaviour
from .clock import Clock
from .gateway import Gateway
from .ids import Ids
from .journal import Journal
from .settings import Settings
from .stores.memory import MemoryStore
from .world import DEFAULT, NAME, World


class TooManyWorldsError(Exception):
    """No further world may be made."""


class BadWorldNameError(Exception):
    """What stands after `/w/` is no world's name."""


class Worlds:
    """Every world by its name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._gateways: dict[str, Gateway] = {}

    def get(self, name: str) -> Gateway | None:
        """The world's gateway, if it exists already."""
        return self._gateways.get(name)

    async def open(self, name: str = DEFAULT) -> Gateway:
        """The world's gateway; the world is made if need be."""
        if gateway := self._gateways.get(name):
            return gateway
        if not NAME.fullmatch(name):
            raise BadWorldNameError(
                f"expected 1 to 64 letters, digits, '.', '_' or '-' after /w/, got {name[:80]!r}"
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
        journal.clear()
        gateway = self._make(name, journal)
        await gateway.rules.load(())
        self._gateways[name] = gateway
        if old:
            old.world.clock.end()
        return gateway

    def delete(self, name: str) -> bool:
        """Forget the world; whether there was one."""
        gateway = self._gateways.pop(name, None)
        if gateway:
            gateway.world.clock.end()
        return gateway is not None

    def names(self) -> list[str]:
        """Every world's name, oldest first."""
        return list(self._gateways)

    async def drop_ended(self, limit: int) -> int:
        """One bounded step of forgetting what has ended, in every world; how much there was."""
        looked = 0
        for gateway in list(self._gateways.values()):
            world = gateway.world
            looked += await world.store.drop_ended(await world.clock.now(), limit)
        return looked

    def _make(self, name: str, journal: Journal) -> Gateway:
        store = MemoryStore()
        return Gateway(
            World(
                name,
                behaviour=Behaviour(),
                store=store,
                clock=Clock(store),
                ids=Ids(0, name),
                journal=journal,
            )
        )

    def _journal(self) -> Journal:
        return Journal(self._settings.journal_entries, self._settings.journal_bytes)
