"""`field`: single fields of WeChat's JSON, changed, added or left out."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta, field

from ...core.call import Call, Outcome
from ...core.validation import CheckError, Mistake
from ...world.world import World
from . import Effect, Proceed, When, effect, fields_of, with_fields


@effect
class Field(Effect, frozen=True, forbid_unknown_fields=True):
    """Changes fields of the answer where they stand, adds new ones at its end, drops others."""

    acts: ClassVar[When] = "after"
    examples = ({"drop": ["unionid"]}, {"set": {"openid": None}})

    set: Annotated[
        dict[str, Any], Meta(description="Fields with their new values; unknown ones are added.")
    ] = field(default_factory=dict)
    drop: Annotated[list[str], Meta(description="Fields to leave out.")] = field(
        default_factory=list
    )

    def __post_init__(self) -> None:
        if not self.set and not self.drop:
            raise CheckError([Mistake((), "fields to set or to drop", "neither")])

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        outcome = await proceed()
        fields = fields_of(outcome)
        if not fields:
            return outcome
        kept = {k: v for k, v in (fields | self.set).items() if k not in self.drop}
        return with_fields(outcome, call, world, kept)
