"""What an endpoint without logic of its own does: token, quota, body, documented answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct

from ..core.call import Call
from ..core.endpoint_fields import PLACEHOLDER, EndpointFields
from ..core.entities import App, User
from ..core.hints import missing
from ..world.world import WorldView
from . import json_body, tokens, users
from .errors import WeChatError

_PLATFORM = "component_access_token"
_A_NUMBER = 10**17


def answer(fields: EndpointFields, call: Call, world: WorldView) -> dict[str, Any]:
    """The documented success, its placeholders filled in, once token and body are right."""
    app = _caller(fields, call, world)
    sent: dict[str, object] = dict(call.params)
    if fields.method == "POST":
        sent |= _read(fields.body, call)
    filled: dict[str, Any] = _Filling(call, world, app, sent).fill(fields.answer)
    return filled


def _caller(fields: EndpointFields, call: Call, world: WorldView) -> App:
    """The app whose token the call brings; one without a name where none is wanted."""
    if fields.token is True:
        return tokens.calling(world, call)
    if fields.token == "component" and not any(map(call.params.get, (_PLATFORM, "access_token"))):
        raise WeChatError(41001, missing(call, _PLATFORM))
    return App("")


def _read(kind: str, call: Call) -> json_body.Body:
    if kind == "json":
        return json_body.read(call)
    if kind == "multipart":
        check_upload(call)
    return {}


def check_upload(call: Call) -> None:
    """41005 unless the body is a form with a file in it."""
    if not call.body:
        raise WeChatError(41005, "the request has no body: send the file as multipart/form-data")
    if b'filename="' not in call.body:
        came = call.headers.get("Content-Type", "no Content-Type")
        raise WeChatError(
            41005, f"the body holds no file of multipart/form-data (it is {came[:60]!r})"
        )


class _Filling(Struct):
    """What the placeholders of one answer stand for."""

    call: Call
    world: WorldView
    app: App
    sent: dict[str, object]

    def fill(self, value: Any) -> Any:
        """The value with all placeholders filled in; alone, one gives its own type."""
        if isinstance(value, dict):
            return {key: self.fill(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.fill(each) for each in value]
        if not isinstance(value, str) or "${" not in value:
            return value
        if alone := PLACEHOLDER.fullmatch(value):
            return self._value(alone[1])
        return PLACEHOLDER.sub(lambda found: str(self._value(found[1])), value)

    def _value(self, word: str) -> Any:
        name, rest = re.fullmatch(r"(\w+)[:+.]?(.*)", word).groups()  # type: ignore[union-attr]
        return _VALUES[name](self, rest)

    def _now(self, later: str) -> int:
        return int(self.call.now) + int(later or 0)

    def _number(self, _: str) -> int:
        return _A_NUMBER + self.world.ids.number("number", self._next()) % (9 * _A_NUMBER)

    def _text(self, length: str) -> str:
        return self.world.ids.text(self._next(), int(length))

    def _token(self, _: str) -> str:
        return self.world.ids.token(self._next(), "other token")

    def _openid(self, _: str) -> str:
        declared = self.world.store.all(User)
        return users.openid(self.world, self.app, declared[0] if declared else User("alice"))

    def _next(self) -> int:
        return self.world.store.next("endpoint id")


_VALUES: dict[str, Callable[[_Filling, str], Any]] = {
    "now": _Filling._now,
    "number": _Filling._number,
    "text": _Filling._text,
    "token": _Filling._token,
    "openid": _Filling._openid,
    "appid": lambda filling, _: filling.app.appid,
    "sent": lambda filling, name: filling.sent.get(name, ""),
}


def handler(fields: EndpointFields) -> Callable[[Call, WorldView], dict[str, Any]]:
    """The handler of such an endpoint."""
    return partial(answer, fields)
