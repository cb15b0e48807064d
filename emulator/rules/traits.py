"""What a rule can ask of a call: its code, the user of that code, its app."""

from __future__ import annotations

from msgspec import json

from ..core.call import Call
from ..core.entities import AccessToken, Code
from ..core.validation import NOT_JSON
from ..wechat.scripted_codes import PREFIX, parse
from ..world.world import World


def code_in(call: Call) -> str:
    """The code in the call's query or in its JSON body; empty if there is none."""
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


async def user_of(world: World, text: str) -> str:
    """The user of a code; empty if the code is not known."""
    if code := await world.store.get(Code, text):
        return code.user
    if not (text.startswith(PREFIX) and world.behaviour.scripted_codes):
        return ""
    try:
        return parse(text).user
    except ValueError:
        return ""


async def appid_of(world: World, call: Call) -> str:
    """The appid of the call, or that of its access_token; empty if there is neither."""
    if appid := call.params.get("appid"):
        return appid
    token = await world.store.get(AccessToken, call.params.get("access_token", ""))
    return token.appid if token else ""
