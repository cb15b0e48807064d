"""`POST /wxa/getpluginopenpid`: who a user is to a plugin."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...world.world import WorldView
from .. import codes, json_body, tokens
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "POST",
    "/wxa/getpluginopenpid",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/basic-info/api_getpluginopenpid",
    evidence=OFFICIAL,
)
def getpluginopenpid(call: Call, world: WorldView) -> dict[str, object]:
    """openpid. Whatever is wrong with the code is 1007 with no text at all."""
    app = tokens.calling(world, call)
    text = json_body.text(json_body.read(call), "code")
    code = codes.live_code(world, app, text, call, "plugin")
    codes.spend(world, code, call.now)
    return {"errcode": 0, "errmsg": "ok", "openpid": world.ids.openpid(app.appid, code.user)}
