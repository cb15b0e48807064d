"""`POST /cgi-bin/stable_token`: the access_token that several processes may fetch."""

from __future__ import annotations

from ...core.call import CGI, Call
from ...world.world import WorldView
from .. import apps, json_body, quotas, sanctions, tokens
from ..errors import WeChatError
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "POST",
    "/cgi-bin/stable_token",
    subsystem=CGI,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken",
    evidence=OFFICIAL,
)
def stable_token(call: Call, world: WorldView) -> dict[str, object]:
    """access_token, expires_in: the same token, counting down. A form for a body is 41002."""
    body = json_body.try_read(call)
    if body is None:
        raise WeChatError(41002, json_body.what_came(call))
    appid, secret = json_body.text(body, "appid"), json_body.text(body, "secret")
    if not appid:
        raise WeChatError(41002, json_body.missing(body, "appid"))
    app = apps.known(world, appid)
    apps.check_address(app, call.peer)
    missing = json_body.missing(body, "grant_type")
    apps.check_grant_type(json_body.text(body, "grant_type"), tokens.GRANT_TYPE, missing)
    if not secret:
        raise WeChatError(41004, json_body.missing(body, "secret"))
    apps.check_secret(app, secret)
    sanctions.check_fetch(world, app.appid, call.now)
    allowance = world.behaviour.quotas.stable_token
    quotas.spend(world, allowance, "stable_token", app.appid, call.now)
    force = body.get("force_refresh") is True
    held = tokens.stable(world, app, call.now, force=force)
    return {"access_token": held.token, "expires_in": round(held.expires_at - call.now)}
