"""What a POST holds: a JSON object, as every API with an access_token wants."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import json

from ..core.call import Call
from ..core.hints import did_you_mean
from ..core.validation import NOT_JSON
from ..core.wording import describe_value
from .errors import WeChatError

Body = Mapping[str, object]


def read(call: Call) -> Body:
    """The body's JSON object: 44002 without a body, 47001 if it is no such thing."""
    if not call.body:
        raise WeChatError(44002, "the request has no body: send a JSON object")
    body = try_read(call)
    if body is None:
        raise WeChatError(47001, what_came(call))
    return body


def try_read(call: Call) -> Body | None:
    """The body's JSON object, None if it is no such thing."""
    try:
        body = json.decode(call.body)
    except NOT_JSON:
        return None
    return body if isinstance(body, dict) else None


def text(body: Body, name: str) -> str:
    """A field's text; empty if it is absent or something else."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def missing(body: Body, name: str) -> str:
    """Why a field's text is not there."""
    if name in body:
        return f"{name!r} must be text that is not empty, you sent {describe_value(body[name])}"
    return f"the body has no {name!r}" + did_you_mean(name, body)


def what_came(call: Call) -> str:
    """What the body is instead of a JSON object."""
    start = call.body[:1]
    if start in (b"{", b"["):
        return "the body is not valid JSON in UTF-8" if try_read(call) is None else "it is a list"
    if b"=" in call.body[:200]:
        return "the body is a form (a=b&c=d): send a JSON object"
    return "the body is not a JSON object"
