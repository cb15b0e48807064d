"""`body`: any bytes instead of WeChat's JSON, with status 200."""

from __future__ import annotations

from base64 import b64decode
from typing import Annotated, ClassVar

from msgspec import Meta

from ...core.call import Call, Outcome, Reply
from ...core.validation import CheckError, Mistake
from ...core.wording import describe_value
from ...world.world import World
from . import Effect, Proceed, When, effect


@effect
class Body(Effect, frozen=True, forbid_unknown_fields=True):
    """Status 200 with these bytes; empty by default; no code is spent."""

    acts: ClassVar[When] = "instead"
    examples = ("hello", True, {"base64": "aGVsbG8="})

    text: Annotated[str, Meta(description="The body as text, sent as UTF-8.")] = ""
    base64: Annotated[str, Meta(description="The body as base64, for what is not text.")] = ""
    content_type: Annotated[
        Annotated[str, Meta(pattern=r"^[ -~]*$")] | None,
        Meta(
            description="Its content type; null is text/html for what starts with '<', "
            "else the one of /sns/* answers."
        ),
    ] = None

    def __post_init__(self) -> None:
        if self.text and self.base64:
            raise CheckError([Mistake((), "either text or base64", "both")])
        try:
            b64decode(self.base64, validate=True)
        except ValueError:
            raise CheckError(
                [Mistake(("base64",), "base64", describe_value(self.base64))]
            ) from None

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        content_type = self.content_type
        if content_type is None:
            html = self.text.lstrip().startswith("<")
            content_type = "text/html" if html else world.behaviour.sns_content_type
        return Reply(self.text.encode() or b64decode(self.base64), content_type)
