"""`/mmopen/*`: the picture behind a headimgurl."""

from __future__ import annotations

from ...core.call import OPEN, Call, Reply
from ...world.world import WorldView
from .. import png
from ..rows import LIBRARIES
from . import endpoint

_USUAL = 132
_WIDTHS = ("46", "64", "96", "132")


@endpoint(
    "GET",
    "/mmopen/*",
    subsystem=OPEN,
    docs="https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html",
    evidence=LIBRARIES,
)
def avatar(call: Call, world: WorldView) -> Reply:
    """A PNG that each address has to itself; its last part is the width: 46, 64, 96, 132, 0."""
    name, _, width = call.path.rpartition("/")
    return Reply(png.picture(name, int(width) if width in _WIDTHS else _USUAL), "image/png")
