"""The JSON Schema of a scenario, for editors: made from the structs that decode it."""

from __future__ import annotations

from typing import Any

from msgspec import NODEFAULT, inspect, json

from ..core.custom_type import schema_hook
from ..core.duration import Duration
from ..rules.rule import Step, Then
from ..wechat import endpoints
from ..world.behaviour import Behaviour
from .model import Scenario

_OWN = "$comment"
"""Marks what a type of ours says of itself, until all is put together."""
_TEXT = ["string", "number", "boolean"]
"""What an editor may take a scalar without quotes for where text is wanted."""


def schema() -> dict[str, Any]:
    """The whole schema, in JSON Schema 2020-12."""
    [top], parts = json.schema_components([Scenario], schema_hook=_hook)
    parts["Then"] = Then.json_schema()
    _add_defaults(parts["Behaviour"]["properties"])
    _widen(parts)
    parts["UserEntry"]["oneOf"] = _one_of("name", "generate")
    parts["Rule"]["oneOf"] = _one_of("then", "sequence")
    names = {"enum": ["*", *sorted(endpoint.name for endpoint in endpoints.load().values())]}
    parts["Rule"]["properties"]["on"]["anyOf"] = [names, {"type": "array", "items": names}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wechat-emulator scenario",
        **top,
        "$defs": dict(sorted(parts.items())),
    }


def as_text() -> str:
    """The schema as it lies in `scenario.schema.json`."""
    return json.format(json.encode(schema()), indent=2).decode() + "\n"


def _one_of(*keys: str) -> list[dict[str, Any]]:
    return [{"required": [key]} for key in keys]


def _hook(kind: type) -> dict[str, Any]:
    if kind is Then:  # once for all places
        return {"$ref": "#/$defs/Then"}
    if kind is Step:
        return {"anyOf": [{"const": "ok"}, {"$ref": "#/$defs/Then"}]}
    return {_OWN: "", **schema_hook(kind)}


def _widen(part: Any) -> None:
    if isinstance(part, list):
        for each in part:
            _widen(each)
    elif isinstance(part, dict) and part.pop(_OWN, None) is None:
        if part.get("type") == "string" and "enum" not in part:
            part["type"] = _TEXT
        for name, each in part.items():
            if name != "propertyNames":  # a key is text however it looks
                _widen(each)


def _add_defaults(properties: dict[str, Any]) -> None:
    """Those that msgspec cannot write: durations."""
    info = inspect.type_info(Behaviour)
    assert isinstance(info, inspect.StructType)  # noqa: S101  # for the type checker
    for field in info.fields:
        if field.default_factory is not NODEFAULT:
            default = field.default_factory()
            if isinstance(default, Duration):
                properties[field.encode_name]["default"] = str(default)
