"""`GET /wxa/getpaidunionid`: the unionid of a user who has just paid, without a login."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...core.hints import missing
from ...core.masking import quoted
from ...world.world import WorldView
from .. import tokens, users
from ..errors import WeChatError
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "GET",
    "/wxa/getpaidunionid",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/basic-info/api_getpaidunionid",
    evidence=OFFICIAL,
)
def getpaidunionid(call: Call, world: WorldView) -> dict[str, object]:
    """unionid, before errcode and errmsg as nowhere else."""
    app = tokens.calling(world, call)
    openid = call.params.get("openid", "")
    user = users.of_openid(world, app, openid) if openid else None
    if user is None:
        why = f"{app.appid} knows no user by the openid {quoted(openid, 40)}"
        raise WeChatError(40003, why if openid else missing(call, "openid"))
    call.user = user.name
    trade = _trade(call)
    if not users.paid(user, call.now, **trade):
        raise WeChatError(
            89300, f"{user.name!r} has declared no payment with {trade} of the last five minutes"
        )
    unionid = users.unionid(world, app, user)
    if unionid is None:
        raise WeChatError(89002, f"{app.appid} has no open_platform, or behaviour.unionid says no")
    return {"unionid": unionid, "errcode": 0, "errmsg": "ok"}


def _trade(call: Call) -> dict[str, str]:
    """By what the payment is to be found: its transaction_id, or the merchant's own number."""
    params = call.params
    if transaction_id := params.get("transaction_id"):
        return {"transaction_id": transaction_id}
    trade = {name: params.get(name, "") for name in ("mch_id", "out_trade_no")}
    if not all(trade.values()):
        raise WeChatError(89300, "send transaction_id, or mch_id and out_trade_no")
    return trade
