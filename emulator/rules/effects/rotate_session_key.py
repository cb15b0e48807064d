"""`rotate_session_key`: the key in the answer is outdated as soon as it is out."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from ...core.call import Call, Outcome
from ...wechat import sessions
from ...world.world import World, WorldView
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
        await world.transact(partial(_rotate, outcome, call))
        return outcome


def _rotate(outcome: Outcome, call: Call, world: WorldView) -> None:
    if session := session_in(outcome, call, world):
        sessions.rotate(world, session)
