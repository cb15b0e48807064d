"""`rotate_session_key`: the session_key changes right after the answer."""

from __future__ import annotations

from typing import ClassVar

from ...core.call import Call, Outcome
from ...wechat import sessions
from ...world.world import World
from . import Effect, Proceed, When, effect, session_in


@effect
class RotateSessionKey(Effect, frozen=True, forbid_unknown_fields=True):
    """Right after the answer the user's session_key changes, as if the app had logged in again.

    What the phone encrypts from then on cannot be decrypted with the key the backend just got.
    """

    acts: ClassVar[When] = "after"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        if session := await session_in(outcome, call, world):
            await sessions.rotate(world, session)
        return outcome
