"""`GET /cgi-bin/token`: an access_token for the app itself."""

from __future__ import annotations

from ...core.call import CGI, Call
from ...core.hints import missing
from ...world.world import WorldView
from .. import apps, quotas, sanctions, tokens
from ..errors import WeChatError
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "GET",
    "/cgi-bin/token",
    subsystem=CGI,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getaccesstoken",
    evidence=OFFICIAL,
)
def token(call: Call, world: WorldView) -> dict[str, object]:
    """access_token, expires_in: a new token at every call.

    A fake appid without grant_type is 40013 on the real server, so the appid comes first.
    """
    app = apps.calling(world, call)
    grant_type, secret = call.params.get("grant_type", ""), call.params.get("secret", "")
    apps.check_grant_type(grant_type, tokens.GRANT_TYPE, missing(call, "grant_type"))
    if not secret:
        raise WeChatError(41004, missing(call, "secret"))
    apps.check_secret(app, secret)
    sanctions.check_fetch(world, app.appid, call.now)
    quotas.spend(world, world.behaviour.quotas.token, "token", app.appid, call.now)
    issued = tokens.issue(world, app, call.now)
    return {"access_token": issued.token, "expires_in": round(issued.expires_at - call.now)}
