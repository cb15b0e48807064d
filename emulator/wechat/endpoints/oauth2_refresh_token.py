"""`GET /sns/oauth2/refresh_token`: a user's token lives on."""

from __future__ import annotations

from ...core.call import SNS, Call
from ...core.hints import missing
from ...world.world import WorldView
from .. import apps, oauth
from ..errors import WeChatError
from . import endpoint


@endpoint(
    "GET",
    "/sns/oauth2/refresh_token",
    subsystem=SNS,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Authorized_Interface_Calling_UnionID.html",
)
def oauth2_refresh_token(call: Call, world: WorldView) -> dict[str, object]:
    """access_token, expires_in, refresh_token, openid, scope: a live token stays the same."""
    params = call.params
    app = apps.calling(world, call)
    apps.check_grant_type(
        params.get("grant_type", ""), "refresh_token", missing(call, "grant_type")
    )
    if not (text := params.get("refresh_token", "")):
        raise WeChatError(41003, missing(call, "refresh_token"))
    return oauth.refresh(world, app, text, call)
