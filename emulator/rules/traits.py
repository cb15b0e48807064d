"""What a call shows of the things that rules are bound to: its code, that code's user, its app."""

from __future__ import annotations

from msgspec import json

from ..core.call import Call
from ..core.entities import AccessToken, Code
from ..core.validation import NOT_JSON
from ..wechat.scripted_codes import PREFIX, parse
from ..world.world import WorldView


def code_in(call: Call) -> str:
    """The code a call brings, in its query or in its JSON body; empty if none."""
    if text := call.params.get("js_code") or call.params.get("code"):
        return text
    if not call.body.startswith(b"{"):
        return ""
    try:
        fields = json.decode(call.body, type=dict[str, object])
    except NOT_JSON:
        return ""
    code = fields.get("code")
    return code if isinstance(code, str) else ""


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


def appid_of(world: WorldView, call: Call) -> str:
    """The app that calls: it says so, or its access_token does."""
    if appid := call.params.get("appid"):
        return appid
    token = world.store.get(AccessToken, call.params.get("access_token", ""))
    return token.appid if token else ""
