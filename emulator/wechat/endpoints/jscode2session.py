"""`GET /sns/jscode2session`: a login code becomes a session."""

from __future__ import annotations

from ...core.call import SNS, Call
from ...core.entities import App, Code, User
from ...core.hints import missing
from ...world.world import WorldView
from .. import apps, codes, quotas, sanctions, sessions, users
from ..errors import WeChatError
from . import endpoint


@endpoint(
    "GET",
    "/sns/jscode2session",
    subsystem=SNS,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session",
)
def jscode2session(call: Call, world: WorldView) -> dict[str, object]:
    """session_key, openid[, unionid]: parameters, code and secret are checked in WeChat's order.

    The order is read off real answers: a fake secret with a fake code is 40029, not 40125.
    """
    params = call.params
    app = apps.calling(world, call)
    secret, js_code = params.get("secret", ""), params.get("js_code", "")
    if not secret:
        raise WeChatError(41004, missing(call, "secret"))
    if not js_code:
        raise WeChatError(41008, missing(call, "js_code"))
    codes.check_grant_type(world, call)
    allowance = world.behaviour.quotas.sns
    if allowance != "off" and not call.effects_applied:
        quotas.spend(world, allowance, "jscode2session", app.appid, call.now)
    code = _exchange(call, world, app, secret, js_code)
    # A user deleted since the login is still a person to WeChat.
    user = users.find(world, code.user) or User(code.user)
    session = sessions.exchange(world, app, user, code, call)
    return sessions.login_answer(world, app, user, session)


def _exchange(call: Call, world: WorldView, app: App, secret: str, js_code: str) -> Code:
    """The code, spent."""
    if world.behaviour.check_order == "secret_first":
        apps.check_secret(app, secret)
    code = codes.live_code(world, app, js_code, call)
    try:
        apps.check_secret(app, secret)
    except WeChatError:
        codes.spend_if_wrong_secrets_do(world, code, call.now)
        raise
    sanctions.check_exchange(world, app.appid, code.user, call.now)
    codes.spend(world, code, call.now)
    return code
