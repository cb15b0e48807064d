"""The reference of the scenario format, read off the schema that editors get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import json

from emulator.scenario.schema import schema
from tests.markdown import table

_PARTS = (
    ("Scenario", "The file", ""),
    ("ClockStart", "clock", "clock"),
    ("App", "apps", "apps[]"),
    ("UserEntry", "users", "users[]"),
    ("CodeEntry", "codes", "codes[]"),
    ("DeclaredEndpoint", "endpoints", "endpoints[]"),
    ("Rule", "rules", "rules[]"),
    ("When", "rules: when", "rules[].when"),
    ("TlsFault", "tls", "tls[]"),
)
"""The structs, their headings, and where they stand in a file."""
_ELSEWHERE = {"Behaviour", "Quota", "Quotas", "Then"}
_TEXT = ["string", "number", "boolean"]


def scenario() -> str:
    """A section for each part of a scenario."""
    parts = schema()["$defs"]
    listed = {name for name, *_ in _PARTS} | _ELSEWHERE
    others = [(name, name, "") for name in parts if name not in listed]
    return "\n\n".join(_section(parts[name], *where) for name, *where in [*_PARTS, *others])


def _section(part: dict[str, Any], heading: str, at: str) -> str:
    names = ("name`", "generate`")
    rows = sorted(
        _rows(part, at), key=lambda row: (row[2] != "required", not row[0].endswith(names))
    )
    return f"## {heading}\n\n{part['description']}\n\n" + table(
        ("key", "value", "default", "what it says"), rows
    )


def _rows(part: dict[str, Any], at: str) -> Iterator[tuple[str, str, str, str]]:
    for name, each in part["properties"].items():
        key = f"`{at}.{name}`" if at else f"`{name}`"
        default = "required" if name in part.get("required", ()) else _default(each)
        yield key, _kind(each), default, each["description"]


def _default(each: dict[str, Any]) -> str:
    default = each.get("default")
    return "" if default in (None, "", [], {}) else f"`{json.encode(default).decode()}`"


def _kind(each: dict[str, Any]) -> str:
    """What stands there, in a word or two."""
    if "$ref" in each:
        name = each["$ref"].rpartition("/")[2]
        return _NAMED.get(name, f"[mapping](#{name.lower()})")
    if "const" in each or "enum" in each:
        values = each.get("enum", [each.get("const")])
        short = [f"`{value}`" for value in values]
        return ", ".join(short) if len(short) <= 4 else "[an endpoint's name](endpoints.md) or `*`"
    if "anyOf" in each:
        kinds = [_kind(one) for one in each["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if each["type"] == "array":
        return f"a list: {_kind(each['items'])}"
    if each["type"] == ["string", "number"]:
        return "a duration"
    if each["type"] == _TEXT or each["type"] == "string":
        return "text" if "examples" not in each else f"text like `{each['examples'][0]}`"
    return _PLAIN[each["type"]]


_NAMED = {
    "Behaviour": "[switches](behaviour.md)",
    "ClockStart": "[mapping](#clock)",
    "App": "[mappings](#apps)",
    "UserEntry": "[mappings](#users)",
    "CodeEntry": "[mappings](#codes)",
    "DeclaredEndpoint": "[mappings](#endpoints)",
    "Rule": "[mappings](#rules)",
    "When": "[mapping](#rules-when)",
    "TlsFault": "[mappings](#tls)",
    "Then": "effects",
}
_PLAIN = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
}
