"""`POST /cgi-bin/wxaapp/createwxaqrcode`: a square code; it shares getwxacode's 100,000."""

from __future__ import annotations

from ...core.call import CGI, Call, Reply
from ...world.world import WorldView
from .. import tokens, wxacodes
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "POST",
    "/cgi-bin/wxaapp/createwxaqrcode",
    subsystem=CGI,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_createqrcode.html",
    evidence=OFFICIAL,
)
def createwxaqrcode(call: Call, world: WorldView) -> Reply:
    """A PNG, and JSON for every failure: 40159 path, 41030 page, 45029 no codes left."""
    app = tokens.calling(world, call)
    body = wxacodes.read(call, 40159)
    path = wxacodes.check_path(body, longest=128)
    wxacodes.check_page(app, path.partition("?")[0])
    code = wxacodes.draw(app, body, f"qrcode {path}")
    wxacodes.count(world, app)
    return code
