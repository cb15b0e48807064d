"""`rotate_session_key`: the key in the answer is outdated as soon as it is out."""

from __future__ import annotations

from typing import ClassVar

from .. import sessions
from ..call import Call, Outcome
from ..entities import Session, session_place
from ..world import World
from . import Effect, Proceed, When, effect, fields_of


@effect
class RotateSessionKey(Effect, frozen=True, forbid_unknown_fields=True):
    """Right after the answer the user's session_key changes, as if the app had logged in again.

    What the phone encrypts from then on cannot be decrypted with the key the backend just got.
    """

    acts: ClassVar[When] = "after"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        openid = str(fields_of(outcome).get("openid"))
        place = session_place(call.params.get("appid", ""), openid)
        if session := await world.store.get(Session, place):
            await sessions.rotate(world, session)
        return outcome
