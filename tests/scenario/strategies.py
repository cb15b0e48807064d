"""Scenarios made from their JSON Schema, and what is left of them after an accident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


def of_schema(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema of the kind msgspec writes."""
    return _of(schema, schema["$defs"])


def _of(part: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in part:
        return st.deferred(lambda: _of(parts[part["$ref"].rpartition("/")[2]], parts))
    if "anyOf" in part:
        return st.one_of([_of(each, parts) for each in part["anyOf"]])
    if "const" in part:
        return st.just(part["const"])
    if "enum" in part:
        return st.sampled_from(part["enum"])
    kind = part.get("type", "any")
    kinds = kind if isinstance(kind, list) else [kind]
    return st.one_of([_KINDS[each](part, parts) for each in kinds])


def _object(part: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties = {name: _of(each, parts) for name, each in part.get("properties", {}).items()}
    required = set(part.get("required", ()))
    if not properties:
        more = part.get("additionalProperties") or {}
        keys = _text(part.get("propertyNames", {}), parts)
        return st.dictionaries(keys, _of(more, parts), max_size=2)
    needed = {name: each for name, each in properties.items() if name in required}
    # Few keys at a time: a scenario with all of them takes long to make and shows no more.
    optional = st.sets(st.sampled_from(sorted(properties)), max_size=4)
    return optional.flatmap(
        lambda names: st.fixed_dictionaries(needed | {name: properties[name] for name in names})
    )


def _text(part: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    if pattern := part.get("pattern"):
        return st.from_regex(pattern, fullmatch=False)
    if examples := part.get("examples"):
        return st.sampled_from(examples)
    return st.text(min_size=part.get("minLength", 0), max_size=8)


def _numbers(part: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    least, most = part.get("minimum"), part.get("maximum")
    return st.floats(least, most, allow_nan=False, allow_infinity=False)


_KINDS: dict[str, Callable[..., st.SearchStrategy[Any]]] = {
    "object": _object,
    "array": lambda part, parts: st.lists(_of(part.get("items", {}), parts), max_size=3),
    "string": _text,
    "integer": lambda part, _: st.integers(part.get("minimum"), part.get("maximum")),
    "number": _numbers,
    "boolean": lambda *_: st.booleans(),
    "null": lambda *_: st.none(),
    "any": lambda *_: VALUES,
}


def mutated(data: Any, draw: Draw) -> Any:
    """The data with one thing replaced, dropped, doubled or misspelt."""
    if isinstance(data, dict) and data and draw(st.integers(0, 3)):
        key, changed = draw(st.sampled_from(sorted(data))), dict(data)
        match draw(st.integers(0, 3)):
            case 0:
                del changed[key]
            case 1:
                changed[key + draw(st.sampled_from("sx_"))] = changed.pop(key)
            case _:
                changed[key] = mutated(data[key], draw)
        return changed
    if isinstance(data, list) and data and draw(st.integers(0, 3)):
        i = draw(st.integers(0, len(data) - 1))
        return [*data[:i], mutated(data[i], draw), *data[i:]]
    return draw(VALUES)
