"""`GET /sns/oauth2/access_token`: an OAuth code becomes the user's tokens."""

from __future__ import annotations

from ...core.call import SNS, Call
from ...core.hints import missing
from ...world.world import WorldView
from .. import apps, codes, oauth, quotas
from ..errors import WeChatError
from . import endpoint


@endpoint(
    "GET",
    "/sns/oauth2/access_token",
    subsystem=SNS,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Authorized_Interface_Calling_UnionID.html",
)
def oauth2_access_token(call: Call, world: WorldView) -> dict[str, object]:
    """access_token, expires_in, refresh_token, openid, scope[, unionid][, is_snapshotuser].

    Unlike a login's, an absent grant_type is 40002.
    """
    params = call.params
    app = apps.calling(world, call)
    secret, text = params.get("secret", ""), params.get("code", "")
    if not secret:
        raise WeChatError(41004, missing(call, "secret"))
    if not text:
        raise WeChatError(41008, missing(call, "code"))
    apps.check_grant_type(
        params.get("grant_type", ""), codes.GRANT_TYPE, missing(call, "grant_type")
    )
    if not call.effects_applied:
        quotas.spend(world, world.behaviour.quotas.sns, call.path, app.appid, call.now)
    if world.behaviour.check_order == "secret_first":
        apps.check_secret(app, secret)
    code = codes.live_code(world, app, text, call, oauth.KIND)
    try:
        apps.check_secret(app, secret)
    except WeChatError:
        codes.spend_if_wrong_secrets_do(world, code, call.now)
        raise
    codes.spend(world, code, call.now)
    return oauth.exchange(world, app, code, call.now)
