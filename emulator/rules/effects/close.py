"""`close`: the connection is closed in the normal way, without a byte of an answer."""

from __future__ import annotations

from typing import ClassVar

from ...core.call import Call, Dropped, Outcome
from ...world.world import World
from . import Effect, Proceed, When, effect


@effect
class Close(Effect, frozen=True, forbid_unknown_fields=True):
    """A TCP FIN and no byte of an answer; no code is spent."""

    acts: ClassVar[When] = "instead"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        return Dropped("close")
