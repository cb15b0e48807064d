"""`POST /wxa/getwxacodeunlimit`: a mini program code that carries a `scene`, without a limit."""

from __future__ import annotations

import re

from ...core.call import WXA, Call, Reply
from ...core.entities import App
from ...world.world import WorldView
from .. import json_body, tokens, wxacodes
from ..errors import WeChatError
from ..rows import OFFICIAL
from . import endpoint

_LONGEST = 32
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")


@endpoint(
    "POST",
    "/wxa/getwxacodeunlimit",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_getunlimitedqrcode.html",
    evidence=OFFICIAL,
)
def getwxacodeunlimit(call: Call, world: WorldView) -> Reply:
    """A PNG, and JSON for every failure: 40169 and 40129 scene, 41030 page."""
    app = tokens.calling(world, call)
    body = wxacodes.read(call, 40169)
    scene, page = _scene(body), json_body.text(body, "page")
    wxacodes.check_reserved("page", page)
    if body.get("check_path") is not False:
        _check_page(app, page)
    return wxacodes.draw(app, body, f"{page} {scene}")


def _scene(body: json_body.Body) -> str:
    scene = json_body.text(body, "scene")
    if not scene:
        raise WeChatError(40169, json_body.missing(body, "scene"))
    if len(scene) > _LONGEST:
        raise WeChatError(40169, f"scene has {len(scene)} characters, at most {_LONGEST} are taken")
    wxacodes.check_reserved("scene", scene)
    if not _SCENE.fullmatch(scene):
        raise WeChatError(
            40129, "scene takes letters, digits and !#$&'()*+,/:;=?@-._~ (no %, no blank)"
        )
    return scene


def _check_page(app: App, page: str) -> None:
    """41030 for what the page's form forbids, and for a page that was not published."""
    if page.startswith("/"):
        raise WeChatError(41030, f"page must not start with a slash: send {page[1:100]!r}")
    if "?" in page:
        raise WeChatError(41030, "page takes no parameters: put them into scene")
    if page:
        wxacodes.check_page(app, page)
