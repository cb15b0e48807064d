"""`GET /connect/qrcode/UUID`: the QR code of a page."""

from __future__ import annotations

from ...core.call import OPEN, Call, Reply
from ...core.oauth_entities import Visit
from ...world.world import WorldView
from .. import qr
from ..rows import LIBRARIES
from . import endpoint


@endpoint(
    "GET",
    "/connect/qrcode/*",
    subsystem=OPEN,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html",
    evidence=LIBRARIES,
)
def qrcode(call: Call, world: WorldView) -> Reply:
    """A PNG; scanned, it leads to a page of this emulator's that asks who logs in."""
    uuid = call.path.rpartition("/")[2]
    if world.store.get(Visit, uuid) is None:
        return Reply(b"404 Not Found\n", status=404, hint="no page here has this uuid")
    return Reply(qr.picture(qr.scan_url(world, call, uuid)), "image/png")
