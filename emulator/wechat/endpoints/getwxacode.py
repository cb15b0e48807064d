"""`POST /wxa/getwxacode`: a mini program code for a path; an app has 100,000 of them."""

from __future__ import annotations

from ...core.call import WXA, Call, Reply
from ...world.world import WorldView
from .. import wxacodes
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
    return wxacodes.of_path(call, world, longest=1024)
