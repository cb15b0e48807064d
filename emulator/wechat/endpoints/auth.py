"""`GET /sns/auth`: whether a user's token is still good."""

from __future__ import annotations

from ...core.call import SNS, Call
from ...world.world import WorldView
from .. import oauth
from . import endpoint


@endpoint(
    "GET",
    "/sns/auth",
    subsystem=SNS,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Authorized_Interface_Calling_UnionID.html",
)
def auth(call: Call, world: WorldView) -> dict[str, object]:
    """errcode 0 if the token is alive and of this openid."""
    oauth.authorised(world, call)
    return {"errcode": 0, "errmsg": "ok"}
