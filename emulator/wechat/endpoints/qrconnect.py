"""`GET /connect/qrconnect`: the page with a QR code, through which websites let users in."""

from __future__ import annotations

from ...core.call import OPEN, Call, Reply
from ...world.world import WorldView
from .. import door_pages, doors
from ..rows import LIBRARIES
from . import endpoint


@endpoint(
    "GET",
    "/connect/qrconnect",
    subsystem=OPEN,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html",
    evidence=LIBRARIES,
)
def qrconnect(call: Call, world: WorldView) -> Reply:
    """A page that asks who logs in; the answer goes to redirect_uri with code and state."""
    return door_pages.open_door(world, doors.QR, call)
