"""The doors users go through to a web login: what a link must hold, and where it leads back to.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlsplit

from msgspec import Struct

from ..core.entities import App
from ..core.hints import not_declared
from ..core.hosts import host_name
from ..core.masking import quoted
from ..world.world import WorldView
from . import apps, oauth

BAD_APPID = "AppID 参数错误"
BAD_SCOPE = "Scope 参数错误或没有 Scope 权限"
BAD_REDIRECT = "redirect_uri 参数错误"
BAD_STATE = "state 参数过长"
OUTSIDE = "请在微信客户端打开链接"
_LONGEST_STATE = 128
# What may stand in an address as it is; all else is escaped, so it fits into a header.
_PLAIN = "!#$%&()*+,/:;=?@[]~"
_NO_ADDRESS = re.compile(r"[\x00-\x20\x7f\\<>\"]")


class Door(Struct, frozen=True):
    """A page of open.weixin.qq.com."""

    path: str
    scopes: tuple[str, ...]
    kind: str
    """The kind of app it is for."""


QR = Door("/connect/qrconnect", (oauth.LOGIN,), "website")
AUTHORIZE = Door("/connect/oauth2/authorize", (oauth.BASE, oauth.USERINFO), "official_account")
DOORS = {door.path: door for door in (QR, AUTHORIZE)}


class Link(Struct, frozen=True):
    """A link to a door that was found good."""

    door: Door
    app: App
    redirect_uri: str
    scope: str
    state: str
    platform: str = ""
    """The third-party platform that asks for the app, which then hears whose code it is."""


class DoorError(Exception):
    """The page that the user sees in place of a login. No site hears of it."""

    def __init__(self, title: str, hint: str) -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint


def of_scope(scope: str) -> Door:
    """The door that such a login goes through."""
    return QR if scope == oauth.LOGIN else AUTHORIZE


def check(world: WorldView, door: Door, params: Mapping[str, str]) -> Link:
    """The link with these parameters; a DoorError with what WeChat's page says otherwise.

    They may come in any order, and response_type is not looked at: that is how clients send them.
    """
    app = _app(world, params.get("appid", ""))
    scope = params.get("scope", "")
    _check_scope(door, app, scope)
    redirect_uri = params.get("redirect_uri", "")
    _check_redirect(app, redirect_uri)
    state = params.get("state", "")
    if door is AUTHORIZE and len(state.encode()) > _LONGEST_STATE:
        got = f"state has {len(state.encode())} bytes"
        raise DoorError(BAD_STATE, f"{got}, this door takes {_LONGEST_STATE} (qrconnect any)")
    return Link(door, app, redirect_uri, scope, state, params.get("component_appid", ""))


def location(link: Link, code: str | None) -> str:
    """Where the login leads back to, with code and state; without a code, with the state alone.

    The QR page adds them to the end of the text, behind a fragment if there is one. WeChat's
    browser puts them before it.
    """
    address, mark, fragment = link.redirect_uri, "", ""
    if link.door is AUTHORIZE:
        address, mark, fragment = address.partition("#")
    added = f"code={code}&" if code else ""
    separator = "&" if "?" in address else "?"
    state = quote(link.state, safe="")
    added += f"state={state}" + (f"&appid={link.app.appid}" if link.platform else "")
    return quote(f"{address}{separator}{added}{mark}{fragment}", safe=_PLAIN)


def _app(world: WorldView, appid: str) -> App:
    app = apps.find(world, appid)
    if app is None:
        known = [each.appid for each in world.store.all(App)]
        why = not_declared("app", appid, known, world.name) if appid else "the link has no appid"
        raise DoorError(BAD_APPID, why)
    return app


def _check_scope(door: Door, app: App, scope: str) -> None:
    asked = scope.split(",")
    if any(each not in door.scopes for each in asked):
        wanted = " or ".join(door.scopes)
        raise DoorError(BAD_SCOPE, f"scope must be {wanted} here, you sent {quoted(scope, 40)}")
    if app.kind not in ("", door.kind):
        raise DoorError(BAD_SCOPE, f"{app.appid} is a {app.kind}, this page is for a {door.kind}")


def _check_redirect(app: App, sent: str) -> None:
    """Only addresses of web pages pass: what else a browser would open is nobody's callback."""
    if not sent:
        raise DoorError(BAD_REDIRECT, "the link has no redirect_uri")
    shown = quoted(sent, 60)
    parts = _split(sent)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise DoorError(BAD_REDIRECT, f"redirect_uri must be a whole http(s) URL, you sent {shown}")
    if "@" in parts.netloc or not parts.netloc.isascii():
        raise DoorError(BAD_REDIRECT, f"redirect_uri must name a plain host in ASCII, not {shown}")
    wanted = app.callback_domain
    if wanted and wanted.lower() not in (host_name(parts.netloc), parts.netloc.lower()):
        came = f"callback_domain of {app.appid} is {wanted!r}, redirect_uri leads to"
        raise DoorError(BAD_REDIRECT, f"{came} {quoted(parts.netloc, 60)}: they must be equal")


def _split(address: str) -> SplitResult | None:
    if _NO_ADDRESS.search(address):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts
