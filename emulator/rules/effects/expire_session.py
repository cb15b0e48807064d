"""`expire_session`: the session is over for want of use, sooner than the backend thinks."""

from __future__ import annotations

from ...core.call import Call
from ...wechat import apps, sessions, users
from ...world.world import WorldView
from ..traits import appid_of, user_in
from . import WorldEffect, effect


@effect
class ExpireSession(WorldEffect, frozen=True, forbid_unknown_fields=True):
    """The session of the call's user is over: 87007, and wx.checkSession fails until a new login.

    It is for calls with an openid; an exchange opens the session anew.
    """

    def change(self, call: Call, world: WorldView) -> str:
        """As in `WorldEffect`."""
        app = apps.find(world, appid_of(world, call))
        user = users.find(world, user_in(world, call))
        session = sessions.find(world, app, user, call.now) if app and user else None
        if session is None:
            return "expire_session found no session of the call's user"
        sessions.expire(world, session, call.now)
        return ""
