"""`truncate`: the answer breaks off."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from ...core.call import Call, Dropped, Outcome
from ...world.world import World
from . import Effect, Proceed, When, effect


@effect
class Truncate(Effect, frozen=True, forbid_unknown_fields=True):
    """The first bytes of the body under the whole body's Content-Length, then a TCP FIN."""

    acts: ClassVar[When] = "after"
    examples = (20, True, {"after": 0})

    after: Annotated[int, Meta(ge=0, description="How many bytes of the body are sent.")] = 10

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        if isinstance(outcome, Dropped):
            return outcome
        return replace(outcome, cut_after=self.after)
