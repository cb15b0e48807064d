"""Nodes become plain values.

A scalar without quotes is read by YAML 1.2's core types, but stays text where text is wanted.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from msgspec import Struct, inspect

from ..rules import effects
from ..rules.rule import Then
from .nodes import Mapping, Scalar, Sequence, Value

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}")
_MOST_DIGITS = 18  # more do not fit 64 bits, and are an id rather than a number
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class WantedTypes(Struct):
    """Which types are wanted at a place, as far as they decide how a scalar there is read."""

    text: bool = False
    """Whether text is wanted: then `0123` and `true` stay text …"""
    numbers: bool = False
    """… unless a number is wanted as well …"""
    booleans: bool = False
    """… or a boolean."""
    keys: dict[str, WantedTypes] = {}
    values: WantedTypes | None = None
    """Of the keys that `keys` does not name."""
    items: WantedTypes | None = None

    def add(self, other: WantedTypes) -> None:
        """Want the types of the other as well."""
        self.text = self.text or other.text
        self.numbers = self.numbers or other.numbers
        self.booleans = self.booleans or other.booleans
        self.keys = self.keys | other.keys
        self.values = self.values or other.values
        self.items = self.items or other.items


_ANY_TYPE = WantedTypes()


def wanted_types(info: inspect.Type) -> WantedTypes:
    """What a value of this type, and what is inside it, may be written as."""
    match info:
        case inspect.Metadata(type=inner):
            return wanted_types(inner)
        case inspect.StrType():
            return WantedTypes(text=True)
        case inspect.CustomType(cls=cls):
            return (
                _types_in_then()
                if issubclass(cls, Then)
                else WantedTypes(text=issubclass(cls, str))
            )
        case inspect.StructType(fields=fields):
            return WantedTypes(
                keys={field.encode_name: wanted_types(field.type) for field in fields}
            )
        case inspect.DictType(value_type=value):
            return WantedTypes(values=wanted_types(value))
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return WantedTypes(items=wanted_types(item))
        case inspect.UnionType(types=types):
            union = WantedTypes()
            for member in types:
                union.add(wanted_types(member))
            return union
        case inspect.IntType() | inspect.FloatType():
            return WantedTypes(numbers=True)
        case _:
            return WantedTypes(booleans=isinstance(info, inspect.BoolType))


@cache
def _types_in_then() -> WantedTypes:
    """An effect may be written as its mapping, as its first field's value, or as true."""
    keys = {}
    for name, kind in effects.load().items():
        info = inspect.type_info(kind)
        keys[name] = written = wanted_types(info)
        if isinstance(info, inspect.StructType) and info.fields:
            written.add(wanted_types(info.fields[0].type))
        written.booleans = True
    return WantedTypes(keys=keys)


def to_plain(node: Value, wanted: WantedTypes = _ANY_TYPE) -> Any:
    """The node as dicts, lists, text, numbers, booleans and None."""
    if isinstance(node, Scalar):
        return scalar(node.text, wanted) if node.plain else node.text
    if isinstance(node, Sequence):
        item = wanted.items or _ANY_TYPE
        return [to_plain(child, item) for child in node.items]
    keys, rest = wanted.keys, wanted.values or _ANY_TYPE
    return {key: to_plain(pair[1], keys.get(key, rest)) for key, pair in node.items.items()}


def scalar(text: str, wanted: WantedTypes = _ANY_TYPE) -> Any:
    """The value of a scalar without quotes; null is null even where text is wanted."""
    if text in _WORDS:
        value = _WORDS[text]
        return text if wanted.text and not wanted.booleans and value is not None else value
    if wanted.text and not wanted.numbers:
        return text
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= _MOST_DIGITS else text
    if _OTHER_BASE.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.fullmatch(text) and abs(number := float(text)) != float("inf"):
        return number
    return text


def node_at(root: Value, path: tuple[str | int, ...], *, key: bool = False) -> Value:
    """The node at a path, or the nearest one above it; with `key` the key's own node."""
    node = root
    for part in path:
        if isinstance(node, Mapping) and (pair := node.items.get(str(part))):
            node = pair[0] if key and part is path[-1] else pair[1]
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        else:
            break
    return node
