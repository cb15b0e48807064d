"""Nodes into plain values: YAML 1.2's core types, and text as it stands where text is wanted."""

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


class Plan(Struct):
    """What is wanted at a place, as far as it decides how a scalar is read."""

    text: bool = False
    """Text: `0123` and `true` are taken as they stand …"""
    numbers: bool = False
    """… unless a number is wanted as well …"""
    booleans: bool = False
    """… or a boolean."""
    keys: dict[str, Plan] = {}
    values: Plan | None = None
    """Of a mapping's other keys."""
    items: Plan | None = None

    def take(self, other: Plan) -> None:
        """Want what the other wants too."""
        self.text = self.text or other.text
        self.numbers = self.numbers or other.numbers
        self.booleans = self.booleans or other.booleans
        self.keys = self.keys | other.keys
        self.values = self.values or other.values
        self.items = self.items or other.items


_ANYTHING = Plan()


def plan(info: inspect.Type) -> Plan:
    """The plan of a type."""
    match info:
        case inspect.Metadata(type=inner):
            return plan(inner)
        case inspect.StrType():
            return Plan(text=True)
        case inspect.CustomType(cls=cls):
            return _effects_plan() if issubclass(cls, Then) else Plan(text=issubclass(cls, str))
        case inspect.StructType(fields=fields):
            return Plan(keys={field.encode_name: plan(field.type) for field in fields})
        case inspect.DictType(value_type=value):
            return Plan(values=plan(value))
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return Plan(items=plan(item))
        case inspect.UnionType(types=types):
            union = Plan()
            for member in types:
                union.take(plan(member))
            return union
        case inspect.IntType() | inspect.FloatType():
            return Plan(numbers=True)
        case _:
            return Plan(booleans=isinstance(info, inspect.BoolType))


@cache
def _effects_plan() -> Plan:
    """An effect is its mapping, or its first field's value, or true."""
    keys = {}
    for name, kind in effects.load().items():
        info = inspect.type_info(kind)
        keys[name] = either = plan(info)
        if isinstance(info, inspect.StructType) and info.fields:
            either.take(plan(info.fields[0].type))
        either.booleans = True
    return Plan(keys=keys)


def build(node: Value, wanted: Plan = _ANYTHING) -> Any:
    """The node as dicts, lists, text, numbers, booleans and None."""
    if isinstance(node, Scalar):
        return scalar(node.text, wanted) if node.plain else node.text
    if isinstance(node, Sequence):
        item = wanted.items or _ANYTHING
        return [build(child, item) for child in node.items]
    keys, rest = wanted.keys, wanted.values or _ANYTHING
    return {key: build(pair[1], keys.get(key, rest)) for key, pair in node.items.items()}


def scalar(text: str, wanted: Plan = _ANYTHING) -> Any:
    """A scalar without quotes by YAML 1.2's core schema; null is null even as text."""
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


def find(root: Value, path: tuple[str | int, ...], *, key: bool = False) -> Value:
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
