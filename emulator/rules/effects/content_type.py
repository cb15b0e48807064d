"""`content_type`: the right answer under another content type."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from ...core.call import Call, Dropped, Outcome
from ...world.world import World
from . import Effect, Proceed, When, effect


@effect
class ContentType(Effect, frozen=True, forbid_unknown_fields=True):
    """Replaces the answer's content type, the body stays."""

    acts: ClassVar[When] = "after"
    examples = ("text/html", True)

    content_type: Annotated[
        str,
        Meta(pattern=r"^[ -~]*$", description="The Content-Type header; empty sends none."),
    ] = "application/json"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        if isinstance(outcome, Dropped):
            return outcome
        return replace(outcome, content_type=self.content_type)
