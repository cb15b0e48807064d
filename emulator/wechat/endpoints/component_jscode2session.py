"""`GET /sns/component/jscode2session`: a login on behalf of an app, by a third-party platform."""

from __future__ import annotations

from ...core.call import CGI, SNS, Call
from ...core.entities import User
from ...core.hints import missing
from ...world.world import WorldView
from .. import apps, codes, quotas, sanctions, sessions, users
from ..errors import WeChatError
from . import endpoint


@endpoint(
    "GET",
    "/sns/component/jscode2session",
    subsystem=SNS,
    docs="https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/login/api_thirdpartycode2session.html",
    # As pasted: the token is refused in the words of /cgi-bin, without the comma (PowerWeChat#716).
    token_subsystem=CGI,
)
def component_jscode2session(call: Call, world: WorldView) -> dict[str, object]:
    """session_key, openid[, unionid]: with the platform's token in place of the app's secret."""
    params = call.params
    if not params.get("appid"):
        raise WeChatError(41002, missing(call, "appid"))
    app = apps.known(world, params["appid"])
    for name, errcode in (("js_code", 41008), ("component_appid", 41002)):
        if not params.get(name):
            raise WeChatError(errcode, missing(call, name))
    if not (token := params.get("component_access_token", "")):
        raise WeChatError(41001, missing(call, "component_access_token"))
    codes.check_grant_type(world, call)
    apps.check_platform(app, params["component_appid"], token)
    if not call.effects_applied:
        quotas.spend(world, world.behaviour.quotas.sns, call.path, app.appid, call.now)
    code = codes.live_code(world, app, params["js_code"], call)
    sanctions.check_login(world, code.user, call.now)
    codes.spend(world, code, call.now)
    user = users.find(world, code.user) or User(code.user)
    session = sessions.exchange(world, app, user, code, call)
    return sessions.login_answer(world, app, user, session)
