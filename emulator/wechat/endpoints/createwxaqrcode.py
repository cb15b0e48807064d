"""`POST /cgi-bin/wxaapp/createwxaqrcode`: a square code; it shares getwxacode's 100,000."""

from __future__ import annotations

from ...core.call import CGI, Call, Reply
from ...world.world import WorldView
from .. import wxacodes
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
    return wxacodes.of_path(call, world, longest=128, kind="qrcode ")
