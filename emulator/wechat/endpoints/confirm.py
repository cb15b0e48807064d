"""`/connect/confirm`: what the user presses on the doors' pages, and where their QR code leads.

WeChat has it on the phone; the path is ours.
"""

from __future__ import annotations

from ...core.call import OPEN, Call, Reply
from ...core.web_pages import is_foreign
from ...world.world import WorldView
from .. import door_pages
from ..doors import DoorError
from . import endpoint

_NOT_OURS = "the form came from a page of another site"


@endpoint(
    "GET",
    "/connect/confirm",
    subsystem=OPEN,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html",
)
def confirm(call: Call, world: WorldView) -> Reply:
    """The page of the scanned QR code; a POST is the user's choice."""
    try:
        if call.method != "POST":
            return door_pages.scanned(world, call)
        if is_foreign(call.headers):
            raise DoorError("请求来源错误", _NOT_OURS)
        return door_pages.chosen(world, call)
    except DoorError as error:
        return door_pages.refused(error)
