"""`reset`: the connection is broken off by a TCP RST."""

from __future__ import annotations

from typing import ClassVar

from ...core.call import Call, Dropped, Outcome
from ...world.world import World
from . import Effect, Proceed, When, effect


@effect
class Reset(Effect, frozen=True, forbid_unknown_fields=True):
    """A TCP RST: clients see "connection reset by peer"; no code is spent."""

    acts: ClassVar[When] = "instead"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        return Dropped("reset")
