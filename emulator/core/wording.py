"""Paths, values and types as the words of a message."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import inspect

from .custom_type import is_custom_type
from .masking import sentence, shortened

Path = tuple["str | int", ...]
"""Keys and indexes from the top of a document to one of its values."""

_PLAIN_KEY = re.compile(r"[^\s.\[\]\x00-\x1f\x7f]{1,80}")
_SHOWN, _LOOKED_AT = 60, 700
_WORDS: dict[type, str] = {
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.DictType: "a mapping",
    inspect.NoneType: "null",
    inspect.DateTimeType: "a moment such as 2026-01-01T08:00:00+08:00",
}


def format_path(path: Path) -> str:
    """A path as people write it: `rules[0].then.delay`."""
    text = ""
    for part in path:
        if isinstance(part, int) or not _PLAIN_KEY.fullmatch(part):
            text += f"[{describe_value(part)}]"
        else:
            text += f".{part}" if text else part
    return text or "the whole document"


def describe_value(value: object) -> str:
    """A value as it stands in the document, short."""
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    # Of a megabyte, only the start is looked at: enough to know a secret that is cut in two.
    text = sentence(repr(value[:_LOOKED_AT] if isinstance(value, str) else value))
    return shortened(text, _SHOWN)


def describe_type(info: inspect.Type) -> str:
    """What a type wants: `a whole number of at least 1`, `one of red, green`."""
    match info:
        case inspect.Metadata(extra=extra):
            return (extra or {}).get("expected") or describe_type(info.type)
        case inspect.StructType(fields=fields):
            names = ", ".join(field.encode_name for field in fields)
            return f"a mapping with {names}" if names else "an empty mapping"
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            of_mappings = isinstance(item, inspect.StructType)
            return f"a list of {'mappings' if of_mappings else describe_type(item)}"
        case inspect.LiteralType(values=values):
            return ("one of " if len(values) > 1 else "") + ", ".join(map(str, values))
        case inspect.UnionType():
            # That an optional key may also be null helps nobody who got its value wrong.
            members = [each for each in info.types if not isinstance(each, inspect.NoneType)]
            return " or ".join(map(describe_type, members))
        case inspect.CustomType(cls=cls) if is_custom_type(cls):
            return cls.expected
        case inspect.StrType():
            least = "text that is not empty" if info.min_length else "text"
            return f"text like {info.pattern}" if info.pattern else least
        case inspect.IntType() | inspect.FloatType():
            return _WORDS[type(info)] + _describe_bounds(info)
        case _:
            return _WORDS.get(type(info), type(info).__name__.removesuffix("Type").lower())


def _describe_bounds(info: inspect.IntType | inspect.FloatType) -> str:
    least = f" of at least {info.ge}" if info.ge is not None else ""
    return least + (f" up to {info.le}" if info.le is not None else "")
