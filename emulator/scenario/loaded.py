"""A scenario after loading. It is a module of its own because every start imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..core.entities import Entity
from .model import EMPTY, Scenario

if TYPE_CHECKING:
    from .report import LocatedMistake


class Loaded(Struct, frozen=True):
    """A scenario without mistakes, and what it was loaded from."""

    scenario: Scenario
    data: Any = None
    """The values of the YAML or JSON, without defaults; None while there is no scenario."""
    text: str = ""
    """The YAML, if it came from one file; else empty."""
    sha256: str = ""
    """Of all bytes, file after file."""
    source: str = ""
    """The name of the file, the folder or the shipped scenario."""
    initial_entities: tuple[Entity, ...] = ()
    """The apps, users and endpoints that each of its worlds starts with."""

    warnings: tuple[LocatedMistake, ...] = ()
    """What it may mean otherwise; the first fifty."""

    @property
    def name(self) -> str | None:
        """The `name:` in the scenario, or else its source; None while there is no scenario."""
        return self.scenario.name or self.source or None


NOTHING = Loaded(EMPTY)
"""What worlds start from when no scenario is given."""
