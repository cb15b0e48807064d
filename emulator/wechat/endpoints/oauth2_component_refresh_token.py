"""`GET /sns/oauth2/component/refresh_token`: a platform lets a user's token live on."""

from __future__ import annotations

from ...core.call import SNS, Call
from ...core.hints import missing
from ...world.world import WorldView
from .. import apps, oauth
from ..errors import WeChatError
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "GET",
    "/sns/oauth2/component/refresh_token",
    subsystem=SNS,
    docs="https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Official_Accounts/official_account_website_authorization.html",
    evidence=OFFICIAL,
)
def oauth2_component_refresh_token(call: Call, world: WorldView) -> dict[str, object]:
    """As oauth2/refresh_token, for an account that has authorised the platform."""
    app = apps.calling_platform(world, call)
    grant_type = call.params.get("grant_type", "")
    apps.check_grant_type(grant_type, "refresh_token", missing(call, "grant_type"))
    if not (text := call.params.get("refresh_token", "")):
        raise WeChatError(41003, missing(call, "refresh_token"))
    return oauth.refresh(world, app, text, call)
