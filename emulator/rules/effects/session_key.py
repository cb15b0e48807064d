"""`session_key`: the session opens with a key that a test has written down."""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from ...core.call import Call, Outcome
from ...world.world import World, WorldView
from . import Effect, Proceed, When, effect, session_in, with_session_key


@effect
class SessionKey(Effect, frozen=True, forbid_unknown_fields=True):
    """The exchange gives this session_key, and from then on the phone encrypts with it.

    What the phone encrypted between wx.login and the exchange has the key that the login made.
    """

    acts: ClassVar[When] = "after"
    examples = ("NnAcFeprL81TZVYvxsV9eQ==",)

    session_key: Annotated[
        str,
        Meta(
            pattern="^[0-9A-Za-z+/]{21}[AQgw]==$",
            description="16 bytes in base64.",
            extra={"expected": "16 bytes in base64: 24 characters that end in =="},
        ),
    ]

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        if not await world.transact(partial(self._replace, outcome, call)):
            return outcome
        return with_session_key(outcome, call, world, self.session_key)

    def _replace(self, outcome: Outcome, call: Call, world: WorldView) -> bool:
        """Whether there was a session whose key could be replaced."""
        session = session_in(outcome, call, world)
        if session is not None:
            world.store.put(replace(session, session_key=self.session_key))
        return session is not None
