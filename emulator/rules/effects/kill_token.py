"""`kill_token`: the token is dead, as after another process has fetched a newer one."""

from __future__ import annotations

from ...core.call import Call
from ...wechat import tokens
from ...world.world import WorldView
from . import WorldEffect, effect

_NONE = "kill_token found no live access_token in the call"


@effect
class KillToken(WorldEffect, frozen=True, forbid_unknown_fields=True):
    """The access_token that the call brings is dead from now on: 40001. A new one works."""

    def change(self, call: Call, world: WorldView) -> str:
        """As in `WorldEffect`."""
        text = call.params.get("access_token", "")
        return "" if tokens.kill(world, text, call.now, "the effect kill_token") else _NONE
