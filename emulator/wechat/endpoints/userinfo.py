"""`GET /sns/userinfo`: who the user is that agreed to be known."""

from __future__ import annotations

from ...core.call import SNS, Call
from ...world.world import WorldView
from .. import oauth
from ..errors import WeChatError
from . import endpoint


@endpoint(
    "GET",
    "/sns/userinfo",
    subsystem=SNS,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Authorized_Interface_Calling_UnionID.html",
)
def userinfo(call: Call, world: WorldView) -> dict[str, object]:
    """openid, nickname, sex, language, city, province, country, headimgurl, privilege[, unionid].

    Any `lang` passes.
    """
    token = oauth.authorised(world, call)
    if token.scope == oauth.BASE:
        wanted = f"{oauth.USERINFO} (or {oauth.LOGIN} for a website)"
        raise WeChatError(48001, f"the user agreed to {oauth.BASE} alone: ask for {wanted}")
    return oauth.profile(world, token)
