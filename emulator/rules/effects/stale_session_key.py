"""`stale_session_key`: the answer holds a key that is no longer the valid one."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from ...core.call import Call, Outcome
from ...wechat import sessions
from ...world.world import World, WorldView
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
        key = await world.transact(partial(_older_key, outcome, call))
        return with_session_key(outcome, call, world, key) if key else outcome


def _older_key(outcome: Outcome, call: Call, world: WorldView) -> str:
    """The key before the session's own, else one that never was any; empty without a session."""
    session = session_in(outcome, call, world)
    if session is None:
        return ""
    return session.previous_key or sessions.fresh_key(world)
