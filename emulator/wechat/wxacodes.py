"""Mini program codes: what the three endpoints that draw one have in common.

https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_getqrcode.html
"""

from __future__ import annotations

from ..core.call import Call, Reply
from ..core.entities import App
from ..core.hints import some_of
from ..core.paths import nearest_path
from ..world.world import WorldView
from . import json_body, png, tokens
from .errors import WeChatError

_VERSIONS = ("release", "trial", "develop")
_RESERVED = "scancode_time"
_NARROWEST, _USUAL, _WIDEST = 280, 430, 1280


def read(call: Call, errcode: int) -> json_body.Body:
    """The body's JSON object: 44002 without a body, this errcode if it is no such thing."""
    body = json_body.try_read(call)
    if body is None and call.body:
        raise WeChatError(errcode, json_body.what_came(call))
    return json_body.read(call) if body is None else body


def check_path(body: json_body.Body, longest: int) -> str:
    """The field `path`: 40159 if it is missing or too long, 85096 with a name of WeChat's own."""
    path = json_body.text(body, "path")
    if not path:
        raise WeChatError(40159, json_body.missing(body, "path"))
    if len(path.encode()) > longest:
        raise WeChatError(
            40159, f"path has {len(path.encode())} bytes, at most {longest} are taken"
        )
    check_reserved("path", path)
    return path


def check_reserved(name: str, text: str) -> None:
    """85096 if the text holds the parameter that WeChat adds itself."""
    if _RESERVED in text:
        raise WeChatError(85096, f"{name} holds {_RESERVED}, which WeChat keeps for itself")


def check_page(app: App, page: str) -> None:
    """41030 unless the page is one of the app's; an app that declares none has any."""
    if app.pages and page not in app.pages:
        near = nearest_path(f"/{page.lstrip('/')}", [f"/{each}" for each in app.pages])
        asked = f"; did you mean {near[1:]!r}?" if near else ""
        raise WeChatError(
            41030,
            f"{app.appid} has no page {page[:100]!r} (pages: {some_of(app.pages)}){asked}",
        )


def count(world: WorldView, app: App) -> None:
    """45029 once an app has had all the codes that do not run out: the two endpoints share them."""
    limit = world.behaviour.wxacode_limit
    if limit is not None and world.store.ticket(f"wxacode {app.appid}", limit) is None:
        raise WeChatError(
            45029,
            f"{app.appid} has had its {limit} codes (behaviour.wxacode_limit): "
            "getwxacodeunlimit has no such limit",
        )


def of_path(call: Call, world: WorldView, *, longest: int, kind: str = "") -> Reply:
    """The code of the body's `path`, of which an app gets so many: a PNG, JSON for a failure."""
    app = tokens.calling(world, call)
    body = read(call, 40159)
    path = check_path(body, longest)
    check_page(app, path.partition("?")[0])
    code = draw(app, body, kind + path)
    count(world, app)
    return code


def draw(app: App, body: json_body.Body, of: str) -> Reply:
    """The picture: bytes, where every failure is JSON."""
    version = body.get("env_version", "release")
    if version not in _VERSIONS:
        raise WeChatError(40097, f"env_version must be one of {', '.join(_VERSIONS)}")
    width = body.get("width")
    width = width if isinstance(width, int) and width > 0 else _USUAL
    width = min(max(width, _NARROWEST), _WIDEST)
    return Reply(png.picture(f"{app.appid} {version} {of}", width), "image/png")
