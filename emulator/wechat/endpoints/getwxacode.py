"""`POST /wxa/getwxacode`: a mini program code for a path; an app has 100,000 of them."""

from __future__ import annotations

from ...core.call import WXA, Call, Reply
from ...world.world import WorldView
from .. import tokens, wxacodes
from ..rows import OFFICIAL
from . import endpoint


@endpoint(
    "POST",
    "/wxa/getwxacode",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_getqrcode.html",
    evidence=OFFICIAL,
)
def getwxacode(call: Call, world: WorldView) -> Reply:
    """A PNG, and JSON for every failure: 40159 path, 41030 page, 45029 no codes left."""
    app = tokens.calling(world, call)
    body = wxacodes.read(call, 40159)
    path = wxacodes.check_path(body, longest=1024)
    wxacodes.check_page(app, path.partition("?")[0])
    code = wxacodes.draw(app, body, path)
    wxacodes.count(world, app)
    return code
