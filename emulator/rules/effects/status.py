"""`status`: an answer of the gateway in front of WeChat."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from ...core.call import REASON_PHRASES, Call, Outcome, Reply
from ...core.validation import CheckError, Mistake
from ...core.wording import describe_value
from ...world.world import World
from . import Effect, Proceed, When, effect

# Nobody has pasted the real pages; clients choke on any HTML alike. This is the common shape.
_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n"
    "<center><h1>{0}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
# 412 came with an empty body wherever developers pasted it; the others may not have one.
_BODILESS = (204, 304)
_EMPTY = (*_BODILESS, 412)


@effect
class Status(Effect, frozen=True, forbid_unknown_fields=True):
    """An HTTP status with the gateway's HTML page (412: empty); no code is spent."""

    acts: ClassVar[When] = "instead"
    examples = (502, {"status": 503, "body": ""})

    status: Annotated[int, Meta(ge=200, le=599, description="The HTTP status, such as 502.")]
    body: Annotated[
        str | None, Meta(description="The body's text; null is the gateway's page.")
    ] = None
    content_type: Annotated[
        str, Meta(pattern=r"^[ -~]*$", description="The body's content type.")
    ] = "text/html"

    def __post_init__(self) -> None:
        if self.body and self.status in _BODILESS:
            expected = f"no body: HTTP has none with {self.status}, and clients would misread it"
            raise CheckError([Mistake(("body",), expected, describe_value(self.body))])

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        body = self.body if self.body is not None else _page(self.status)
        return Reply(body.encode(), self.content_type if body else "", self.status)


def _page(status: int) -> str:
    if status in _EMPTY:
        return ""
    return _PAGE.format(f"{status} {REASON_PHRASES.get(status, '')}".strip())
