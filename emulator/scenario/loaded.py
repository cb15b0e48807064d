"""A scenario that has been checked: all that a start without one needs to import."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..core.entities import Entity
from .model import EMPTY, Scenario


class Loaded(Struct, frozen=True):
    """A scenario that holds, and what it was made from."""

    scenario: Scenario
    data: Any = None
    """What the YAML or JSON said, before defaults; None while there is no scenario."""
    text: str = ""
    """The YAML, where it is one file's."""
    sha256: str = ""
    """Of the bytes; of a folder's files one after another."""
    source: str = ""
    residents: tuple[Entity, ...] = ()
    """The apps and users every world of it starts with."""

    @property
    def name(self) -> str | None:
        """The scenario's own name, else its file's; None while there is no scenario."""
        return self.scenario.name or self.source or None


NOTHING = Loaded(EMPTY)
"""What worlds start from when no scenario is given."""
