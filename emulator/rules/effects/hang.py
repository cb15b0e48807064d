"""`hang`: no answer ever, and no end of the connection either."""

from __future__ import annotations

from typing import ClassVar

from ...core.call import Call, Dropped, Outcome
from ...world.world import World
from . import Effect, Proceed, When, effect, hold


@effect
class Hang(Effect, frozen=True, forbid_unknown_fields=True):
    """Silence until the client gives up or the emulator stops; no code is spent."""

    acts: ClassVar[When] = "instead"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        await hold(call, world, "its client to leave")
        return Dropped("hang")
