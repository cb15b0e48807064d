"""`GET /wxa/resetusersessionkey`: a fresh session_key without a login."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...world.world import World
from .. import sessions, tokens
from . import endpoint


@endpoint(
    "GET",
    "/wxa/resetusersessionkey",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_resetusersessionkey",
)
async def resetusersessionkey(call: Call, world: World) -> dict[str, object]:
    """openid, session_key: the old key dies, the new one inherits its expiry."""
    app = await tokens.calling(world, call)
    session = await sessions.rotate(world, await sessions.signed(world, app, call))
    return {
        "errcode": 0,
        "errmsg": "ok",
        "openid": session.openid,
        "session_key": session.session_key,
    }
