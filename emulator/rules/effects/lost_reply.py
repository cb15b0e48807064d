"""`lost_reply`: WeChat runs the call, but its answer never arrives."""

from __future__ import annotations

from typing import ClassVar

from ...core.call import Call, Dropped, Outcome
from ...world.world import World
from . import Effect, Proceed, When, effect


@effect
class LostReply(Effect, frozen=True, forbid_unknown_fields=True):
    """The call runs, so a code is spent; then the connection closes without a byte."""

    acts: ClassVar[When] = "after"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        if isinstance(outcome, Dropped):
            return outcome
        return Dropped("close", outcome.hint)
