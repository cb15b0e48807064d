"""`dribble`: the answer comes in small pieces with pauses."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from ...core.call import Call, Dropped, Outcome
from ...core.duration import Duration, lasting
from ...world.world import World
from . import Effect, Proceed, When, effect


@effect
class Dribble(Effect, frozen=True, forbid_unknown_fields=True):
    """The body in pieces, evenly over a time; the last piece is out when the time is over."""

    acts: ClassVar[When] = "after"
    takes_time = True
    examples = ("3s", True, {"pieces": 4})

    over: Annotated[
        Duration, Meta(description="From the first piece to the last; 2s if left out.")
    ] = lasting(2)
    pieces: Annotated[int, Meta(ge=2, le=10_000, description="How many pieces.")] = 8

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        if isinstance(outcome, Dropped):
            return outcome
        return replace(outcome, drip=(self.pieces, float(self.over)))
