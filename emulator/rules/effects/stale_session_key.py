"""`stale_session_key`: the answer holds the session_key from before this login."""

from __future__ import annotations

from typing import ClassVar

from ...core.call import Call, Outcome
from ...wechat import sessions
from ...world.world import World
from . import Effect, Proceed, When, effect, session_in, with_session_key


@effect
class StaleSessionKey(Effect, frozen=True, forbid_unknown_fields=True):
    """The answer shows the session_key from before this login, the phone uses the new one.

    At a user's first login it shows a key that was never valid.
    """

    acts: ClassVar[When] = "after"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        session = await session_in(outcome, call, world)
        if session is None:
            return outcome
        key = session.previous_key or await sessions.fresh_key(world)
        return with_session_key(outcome, call, world, key)
