"""`GET /wxa/resetusersessionkey`: a fresh session_key without a login."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...world.world import WorldView
from .. import sessions, tokens
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "GET",
    "/wxa/resetusersessionkey",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_resetusersessionkey",
    evidence=OFFICIAL,
)
def resetusersessionkey(call: Call, world: WorldView) -> dict[str, object]:
    """openid, session_key: the old key dies, the new one inherits its expiry."""
    app = tokens.calling(world, call)
    session = sessions.rotate(world, sessions.signed(world, app, call))
    return {
        "errcode": 0,
        "errmsg": "ok",
        "openid": session.openid,
        "session_key": session.session_key,
    }
