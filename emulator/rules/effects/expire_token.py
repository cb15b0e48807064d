"""`expire_token`: the token's time is over, though the backend's clock says otherwise."""

from __future__ import annotations

from ...core.call import Call
from ...wechat import tokens
from ...world.world import WorldView
from . import WorldEffect, effect

_NONE = "expire_token found no live access_token in the call"


@effect
class ExpireToken(WorldEffect, frozen=True, forbid_unknown_fields=True):
    """The access_token that the call brings is expired from now on: 42001. A new one works."""

    def change(self, call: Call, world: WorldView) -> str:
        """As in `WorldEffect`."""
        text = call.params.get("access_token", "")
        return "" if tokens.expire(world, text, call.now, "the effect expire_token") else _NONE
