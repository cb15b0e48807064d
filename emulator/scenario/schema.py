"""The JSON Schema of a scenario, for editors. It is made from the structs in `model`."""

from __future__ import annotations

from typing import Any

from msgspec import NODEFAULT, inspect, json

from ..core.custom_type import schema_hook
from ..core.duration import Duration
from ..rules.rule import Step, Then
from ..wechat import endpoints
from ..world.behaviour import Behaviour
from .model import Scenario

_FROM_CUSTOM_TYPE = "$comment"
"""Marks a part that a custom type wrote: `_accept_plain_scalars` leaves it as it is."""
_TEXT = ["string", "number", "boolean"]
"""The types that an editor may see in a scalar without quotes where text is wanted."""


def schema() -> dict[str, Any]:
    """The whole schema, in JSON Schema 2020-12."""
    [top], parts = json.schema_components([Scenario], schema_hook=_hook)
    parts["Then"] = Then.json_schema()
    _add_duration_defaults(parts["Behaviour"]["properties"])
    _accept_plain_scalars(parts)
    parts["UserEntry"]["oneOf"] = _one_of("name", "generate")
    parts["Rule"]["oneOf"] = _one_of("then", "sequence")
    known = sorted(endpoint.name for endpoint in endpoints.load().values())
    one = {"anyOf": [{"enum": ["*", *known]}, {"type": "string", "pattern": "^/"}]}
    parts["Rule"]["properties"]["on"]["anyOf"] = [*one["anyOf"], {"type": "array", "items": one}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wechat-emulator scenario",
        **top,
        "$defs": dict(sorted(parts.items())),
    }


def as_text() -> str:
    """The schema as the text of `scenario.schema.json`."""
    return json.format(json.encode(schema()), indent=2).decode() + "\n"


def _one_of(*keys: str) -> list[dict[str, Any]]:
    return [{"required": [key]} for key in keys]


def _hook(kind: type) -> dict[str, Any]:
    if kind is Then:  # defined once, used in several places
        return {"$ref": "#/$defs/Then"}
    if kind is Step:
        return {"anyOf": [{"const": "ok"}, {"$ref": "#/$defs/Then"}]}
    return {_FROM_CUSTOM_TYPE: "", **schema_hook(kind)}


def _accept_plain_scalars(part: Any) -> None:
    """Let an editor accept `phone: 13800138000`: without quotes it looks like a number."""
    if isinstance(part, list):
        for each in part:
            _accept_plain_scalars(each)
    elif isinstance(part, dict) and part.pop(_FROM_CUSTOM_TYPE, None) is None:
        if part.get("type") == "string" and "enum" not in part:
            part["type"] = _TEXT
        for name, each in part.items():
            if name != "propertyNames":  # a key is always text
                _accept_plain_scalars(each)


def _add_duration_defaults(properties: dict[str, Any]) -> None:
    """msgspec cannot write the default of a duration."""
    info = inspect.type_info(Behaviour)
    assert isinstance(info, inspect.StructType)  # noqa: S101  # for the type checker
    for field in info.fields:
        if field.default_factory is not NODEFAULT:
            default = field.default_factory()
            if isinstance(default, Duration):
                properties[field.encode_name]["default"] = str(default)
