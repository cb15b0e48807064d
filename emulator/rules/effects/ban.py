"""`ban`: WeChat shuts a user or an app out."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ...core.call import Call
from ...core.duration import Duration, lasting
from ...wechat import sanctions
from ...world.world import WorldView
from ..traits import appid_of, user_in
from . import WorldEffect, effect


@effect
class Ban(WorldEffect, frozen=True, forbid_unknown_fields=True):
    """The user of the call cannot log in from now on: 40226, in every app.

    Or the app gets no access_token (50004) and its tokens are of no use (50002); logins go on.
    """

    examples = ("user", "app", {"who": "user", "for": "1h"})

    who: Annotated[Literal["user", "app"], Meta(description="Who is banned.")] = "user"
    lasts: Annotated[
        Duration, Meta(description="For how long of the world's time; 1d if left out.")
    ] = lasting(86400, "for")

    def change(self, call: Call, world: WorldView) -> str:
        """As in `WorldEffect`."""
        name = (user_in if self.who == "user" else appid_of)(world, call)
        if not name:
            return f"ban found no {self.who} in the call"
        sanctions.impose(world, self.who, name, call.now, self.lasts)
        return ""
