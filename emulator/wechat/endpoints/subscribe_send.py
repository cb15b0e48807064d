"""`POST /cgi-bin/message/subscribe/send`: a message that the user agreed to get."""

from __future__ import annotations

from ...core.call import CGI, Call
from ...world.world import WorldView
from .. import json_body, subscriptions, tokens, users, wxacodes
from ..errors import WeChatError
from . import endpoint


@endpoint(
    "POST",
    "/cgi-bin/message/subscribe/send",
    subsystem=CGI,
    docs="https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/subscribe-message/subscribeMessage.send.html",
)
def subscribe_send(call: Call, world: WorldView) -> dict[str, object]:
    """ok: 40003 user, 40037 template, 41030 page, 47003 data, 43101 consent, in this order.

    That the order is so is inferred: what can be seen in the call itself comes first.
    """
    app = tokens.calling(world, call)
    body = json_body.read(call)
    touser = json_body.text(body, "touser")
    user = users.of_openid(world, app, touser) if touser else None
    if user is None:
        why = f"{app.appid} knows no user by the openid {touser[:40]!r}"
        raise WeChatError(40003, why if touser else json_body.missing(body, "touser"))
    call.user = user.name
    template_id = json_body.text(body, "template_id")
    subscriptions.check_template(app, template_id)
    if page := json_body.text(body, "page"):
        wxacodes.check_page(app, page.partition("?")[0])
    subscriptions.check_data(app, template_id, body.get("data"))
    subscriptions.spend_consent(world, app, user, template_id)
    return {"errcode": 0, "errmsg": "ok"}
