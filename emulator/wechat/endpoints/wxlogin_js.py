"""`/connect/zh_CN/htmledition/js/wxLogin.js`: the script that shows the QR page in a frame."""

from __future__ import annotations

from ...core.call import OPEN, Call, Reply
from ...world.world import WorldView
from ..rows import LIBRARIES
from ..wxlogin import SCRIPT
from . import endpoint


@endpoint(
    "GET",
    "/connect/zh_CN/htmledition/js/wxLogin.js",
    subsystem=OPEN,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html",
    evidence=LIBRARIES,
)
def wxlogin_js(call: Call, world: WorldView) -> Reply:
    """The global WxLogin, with the parameters of WeChat's; its frame is this emulator's page."""
    return Reply(SCRIPT, "application/javascript; charset=utf-8")
