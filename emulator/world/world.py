"""A world: everything that WeChat's logic may read and change, apart from all other worlds."""

from __future__ import annotations

import re

from .behaviour import Behaviour
from .clock import Clock
from .ids import Ids
from .journal import Journal
from .stores import Store
from .tls_faults import TlsFault

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
DEFAULT = "default"


class World:
    """The state, the time, the chance and the switches of one world."""

    __slots__ = ("behaviour", "clock", "ids", "journal", "name", "store", "tls")

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
        self.behaviour = behaviour
        self.store = store
        self.clock = clock
        self.ids = ids
        self.journal = journal
        self.tls = tls
