"""`GET /connect/oauth2/authorize`: the page by which an official account knows its visitor."""

from __future__ import annotations

from ...core.call import OPEN, Call, Reply
from ...world.world import WorldView
from .. import door_pages, doors
from ..rows import LIBRARIES
from . import endpoint


@endpoint(
    "GET",
    "/connect/oauth2/authorize",
    subsystem=OPEN,
    docs="https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html",
    evidence=LIBRARIES,
)
def authorize(call: Call, world: WorldView) -> Reply:
    """Back to redirect_uri with code and state: at once for snsapi_base, else after a page."""
    return door_pages.open_door(world, doors.AUTHORIZE, call)
