"""`errcode`: WeChat answers with an error instead of running the call."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from ...core.call import Call, Outcome
from ...core.validation import CheckError, Mistake
from ...wechat.errors import TABLE, WeChatError
from ...world.world import World
from . import Effect, Proceed, When, effect


@effect
class Errcode(Effect, frozen=True, forbid_unknown_fields=True):
    """WeChat's error answer, in the form of the endpoint's subsystem; no code is spent."""

    acts: ClassVar[When] = "instead"
    examples = (-1, {"errcode": 40226, "errmsg": "code blocked"})

    errcode: Annotated[int, Meta(description="The errcode, such as -1 or 40029.")]
    errmsg: Annotated[
        str | None,
        Meta(description="The text before the rid; null takes it from the table of errcodes."),
    ] = None

    def __post_init__(self) -> None:
        if self.errmsg is None and self.errcode not in TABLE:
            known = "an errcode of the table (`wechat-emulator errors` lists it), or an errmsg too"
            raise CheckError([Mistake(("errcode",), known, str(self.errcode))])

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        raise WeChatError(self.errcode, text=self.errmsg)
