"""`freeze_secret`: somebody froze the app's secret in the console."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ...core.call import Call
from ...core.duration import Duration, lasting
from ...wechat import sanctions
from ...world.world import WorldView
from ..traits import appid_of
from . import WorldEffect, effect


@effect
class FreezeSecret(WorldEffect, frozen=True, forbid_unknown_fields=True):
    """The secret of the calling app is frozen from now on: 40243 for tokens and logins.

    Tokens and sessions that are there already stay good.
    """

    examples = ("10m", True)

    lasts: Annotated[
        Duration, Meta(description="For how long of the world's time; 10m if left out.")
    ] = lasting(600, "for")

    def change(self, call: Call, world: WorldView) -> str:
        """As in `WorldEffect`."""
        if not (appid := appid_of(world, call)):
            return "freeze_secret found no app in the call"
        sanctions.impose(world, "secret", appid, call.now, self.lasts)
        return ""
