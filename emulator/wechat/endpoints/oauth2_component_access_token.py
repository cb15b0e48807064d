"""`GET /sns/oauth2/component/access_token`: a platform trades in an account's OAuth code."""

from __future__ import annotations

from ...core.call import SNS, Call
from ...core.hints import missing
from ...world.world import WorldView
from .. import apps, codes, oauth, quotas
from ..errors import WeChatError
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "GET",
    "/sns/oauth2/component/access_token",
    subsystem=SNS,
    docs="https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Official_Accounts/official_account_website_authorization.html",
    evidence=OFFICIAL,
)
def oauth2_component_access_token(call: Call, world: WorldView) -> dict[str, object]:
    """As oauth2/access_token, with the platform's token in place of the app's secret."""
    app = apps.calling_platform(world, call)
    grant_type, text = call.params.get("grant_type", ""), call.params.get("code", "")
    if not text:
        raise WeChatError(41008, missing(call, "code"))
    apps.check_grant_type(grant_type, codes.GRANT_TYPE, missing(call, "grant_type"))
    if not call.effects_applied:
        quotas.spend(world, world.behaviour.quotas.sns, call.path, app.appid, call.now)
    code = codes.live_code(world, app, text, call, oauth.KIND)
    codes.spend(world, code, call.now)
    return oauth.exchange(world, app, code, call.now)
