"""`GET /wxa/checksession`: whether a session_key is still the user's valid one."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...world.world import WorldView
from .. import sessions, tokens
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "GET",
    "/wxa/checksession",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_checksessionkey",
    evidence=OFFICIAL,
)
def checksession(call: Call, world: WorldView) -> dict[str, object]:
    """errcode 0 if the signature was made with the valid session_key."""
    app = tokens.calling(world, call)
    sessions.signed(world, app, call)
    return {"errcode": 0, "errmsg": "ok"}
