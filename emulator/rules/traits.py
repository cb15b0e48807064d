"""What a call shows of the things that rules are bound to: its code, that code's user, its app."""

from __future__ import annotations

from msgspec import json

from ..core.call import Call
from ..core.entities import AccessToken, Code
from ..core.validation import NOT_JSON
from ..wechat import apps, users
from ..wechat.scripted_codes import PREFIX, parse
from ..world.world import WorldView


def code_in(call: Call) -> str:
    """The code a call brings, in its query or in its JSON body; empty if none."""
    if text := call.params.get("js_code") or call.params.get("code"):
        return text
    return _text_in_body(call, "code")


def user_of(world: WorldView, text: str) -> str:
    """Whose code that is; empty if it is none that is known."""
    if code := world.store.get(Code, text):
        return code.user
    if not (text.startswith(PREFIX) and world.behaviour.scripted_codes):
        return ""
    try:
        return parse(text).user
    except ValueError:
        return ""


def user_in(world: WorldView, call: Call) -> str:
    """Whom the call is about, by its code or its openid; empty if it shows nobody known."""
    if user := call.user or user_of(world, code_in(call)):
        return user
    openid = call.params.get("openid") or _text_in_body(call, "openid")
    app = apps.find(world, appid_of(world, call))
    user_there = users.of_openid(world, app, openid) if app and openid else None
    return user_there.name if user_there else ""


def appid_of(world: WorldView, call: Call) -> str:
    """The app that calls: its query or its JSON body says so, or its access_token does."""
    if appid := call.params.get("appid"):
        return appid
    if text := call.params.get("access_token"):
        token = world.store.get(AccessToken, text)
        return token.appid if token else ""
    return _text_in_body(call, "appid")


def _text_in_body(call: Call, name: str) -> str:
    """A text at the top of the call's JSON body; empty if there is none."""
    if not call.body.startswith(b"{"):
        return ""
    try:
        fields = json.decode(call.body, type=dict[str, object])
    except NOT_JSON:
        return ""
    text = fields.get(name)
    return text if isinstance(text, str) else ""
