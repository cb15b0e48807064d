"""Subscribe messages: which templates an app has, what their data takes, what users agreed to.

https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/subscribe-message/subscribeMessage.send.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..core.entities import App, User
from ..core.hints import did_you_mean, some_of
from ..world.world import WorldView
from .errors import WeChatError

_DATE = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
_TIME = r"\d{1,2}:\d{2}(:\d{2})?"
_SPAN = r"{0}(\s*~\s*{0})?"
# What each kind of value takes; the kind is the key's name without its number.
_KINDS = {
    "thing": r".{1,20}",
    "number": r"[0-9.+-]{1,32}",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[ -~]{1,32}",
    "time": _SPAN.format(rf"({_DATE}\s*)?{_TIME}"),
    "date": _SPAN.format(rf"{_DATE}(\s*{_TIME})?"),
    "amount": r"[¥￥$€£]?\d{1,10}(\.\d+)?元?",
    "phone_number": r"[0-9+*()\- ]{1,17}",
    "car_number": r".{1,8}",
    "name": r"[\u4e00-\u9fff·]{1,10}|[ -~]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
}
_NUMBERED = re.compile(r"([a-z_]+?)[0-9]+")


def check_template(app: App, template_id: str) -> None:
    """40037 unless the template is the app's; an app that declares none has any."""
    if not template_id or (app.templates and template_id not in app.templates):
        known = list(app.templates)
        why = f"{app.appid} has no template {template_id[:60]!r}"
        near = did_you_mean(template_id, known)
        raise WeChatError(40037, f"{why} (templates: {some_of(known)}){near}")


def check_data(app: App, template_id: str, data: object) -> None:
    """47003 for a value that is missing, or not what its kind takes."""
    if not isinstance(data, Mapping) or not data:
        raise WeChatError(47003, 'data must be an object such as {"thing1": {"value": "…"}}')
    for key in app.templates.get(template_id, ()):
        if key not in data:
            _refuse(key, "is empty", f"data has no {key!r}" + did_you_mean(key, data))
    for key, each in data.items():
        _check_value(key, each.get("value") if isinstance(each, Mapping) else None)


def spend_consent(world: WorldView, app: App, user: User, template_id: str) -> None:
    """43101 unless the user agreed to this message; one who declares nothing agrees to all."""
    if user.subscriptions is None:
        return
    agreed = user.subscriptions.get(template_id, 0)
    if agreed == "always":
        return
    name = f"subscribe {app.appid} {user.name} {template_id}"
    if world.store.ticket(name, agreed) is None:
        why = f"{user.name!r} agreed to {agreed} of them, and has had them all"
        raise WeChatError(43101, why if agreed else f"{user.name!r} never agreed to this template")


def _check_value(key: str, value: object) -> None:
    text = str(value) if isinstance(value, str | int | float) else ""
    if not text:
        _refuse(key, "is empty", f'{key!r} must be {{"value": "…"}} with a text')
    found = _NUMBERED.fullmatch(key)
    pattern = _KINDS.get(found[1]) if found else None
    if pattern and not re.fullmatch(pattern, text):
        _refuse(key, "invalid", f"{text[:40]!r} is no {found and found[1]}: it takes {pattern}")


def _refuse(key: str, what: str, hint: str) -> None:
    raise WeChatError(47003, hint, text=f"argument invalid! data.{key[:40]}.value {what}")
