"""`POST /wxa/business/getuserphonenumber`: a phone code becomes a phone number."""

from __future__ import annotations

from ...core.call import BUSINESS, Call
from ...core.entities import App, User
from ...core.masking import quoted
from ...world.world import WorldView
from .. import codes, json_body, tokens, userdata, users
from ..errors import WeChatError
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "POST",
    "/wxa/business/getuserphonenumber",
    subsystem=BUSINESS,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber",
    evidence=OFFICIAL,
)
def getuserphonenumber(call: Call, world: WorldView) -> dict[str, object]:
    """phone_info; a used code is 40029 here, not 40163 as at a login."""
    app = tokens.calling(world, call)
    body = json_body.read(call)
    text = json_body.text(body, "code")
    if not text:
        raise WeChatError(47001, json_body.missing(body, "code"))
    code = codes.live_code(world, app, text, call, "phone")
    user = users.find(world, code.user) or User(code.user)
    _check_openid(world, app, user, json_body.text(body, "openid"))
    codes.spend(world, code, call.now)
    info = userdata.phone_number(world, user)
    info["watermark"] = userdata.watermark(app.appid, call.now)
    return {"errcode": 0, "errmsg": "ok", "phone_info": info}


def _check_openid(world: WorldView, app: App, user: User, sent: str) -> None:
    """The optional openid must be the user's: it keeps a stolen code from being of use."""
    own = users.openid(world, app, user)
    if sent and sent != own:
        hint = f"the code is of the user with openid {own}, you sent {quoted(sent, 40)}"
        raise WeChatError(40003, hint)
