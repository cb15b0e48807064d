"""`log_in_elsewhere`: the user logs in on a second device, and the valid session_key changes."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from ...core.call import Call, Outcome
from ...wechat import apps, sessions, users
from ...world.world import World, WorldView
from ..traits import appid_of, code_in, user_in
from . import Effect, Proceed, When, effect, told


@effect
class LogInElsewhere(Effect, frozen=True, forbid_unknown_fields=True):
    """The call's user logs in on a second device: the session_key that was valid is dead.

    At an exchange that comes right after the answer, so the backend never holds a valid key; at any
    other call before it, so a signature with the key is 87009 from now on.
    """

    acts: ClassVar[When] = "before"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        log_in = partial(_log_in, call)
        if not code_in(call):
            in_vain = await world.transact(log_in)
            return told(await proceed(), in_vain)
        outcome = await proceed()
        return told(outcome, await world.transact(log_in))


def _log_in(call: Call, world: WorldView) -> str:
    """Why nobody logged in; empty if somebody did."""
    app = apps.find(world, appid_of(world, call))
    user = users.find(world, user_in(world, call))
    if app is None or user is None or not user.name:
        return "log_in_elsewhere found no app and user in the call"
    sessions.log_in_elsewhere(world, app.appid, user, call.now)
    return ""
