"""A world: an isolated universe with state, time, chance and switches of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from .behaviour import Behaviour
from .clock import Clock
from .ids import Ids
from .journal import Journal
from .stores import Key, Store, StoreView
from .tls_faults import TlsFault

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
DEFAULT = "default"

T = TypeVar("T")


class WorldView:
    """What one transaction sees of a world; all of WeChat's logic is plain functions of it."""

    __slots__ = ("behaviour", "ids", "name", "store")

    def __init__(self, name: str, behaviour: Behaviour, ids: Ids, store: StoreView) -> None:
        self.name = name
        self.behaviour = behaviour
        self.ids = ids
        self.store = store


class World:
    """One universe, as the server holds it."""

    __slots__ = ("clock", "journal", "name", "store", "tls", "view")

    def __init__(
        self,
        name: str,
        *,
        behaviour: Behaviour,
        store: Store,
        clock: Clock,
        ids: Ids,
        journal: Journal,
        tls: tuple[TlsFault, ...] = (),
    ) -> None:
        self.name = name
        self.store = store
        self.clock = clock
        self.journal = journal
        self.tls = tls
        self.view = WorldView(name, behaviour, ids, store.at_hand)
        """What is at hand outside of a transaction: switches, ids, and what people declared."""

    @property
    def behaviour(self) -> Behaviour:
        """The switches."""
        return self.view.behaviour

    @property
    def ids(self) -> Ids:
        """The source of ids and of chance."""
        return self.view.ids

    async def transact(self, work: Callable[[WorldView], T], reads: Sequence[Key] = ()) -> T:
        """What `work` answers, once all that it wrote is kept; see `Store.transact`."""
        return await self.store.transact(lambda view: work(self._seen_by(view)), reads)

    def _seen_by(self, store: StoreView) -> WorldView:
        if store is self.view.store:
            return self.view
        return WorldView(self.name, self.view.behaviour, self.view.ids, store)
