"""Decodes JSON, and refuses an object that has the same key twice.

msgspec keeps the second of two equal keys and does not say so. The standard library can show every
key, so it reads the text once more. That takes linear time, about a fifth of a `PUT state`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from json import loads
from typing import Any

from msgspec import DecodeError, Raw, json

from .validation import CheckError, Mistake
from .wording import Path

_MOST_TOLD = 50
_AT_ONCE = 100_000
"""How many bytes are decoded without a pause: under a millisecond."""
_MOST_LEVELS = 3
"""How deep in a document the long lists lie; each level is read once more."""
# Numbers stay text: only the keys matter here, and long numbers take quadratic time.
_read_objects = partial(loads, parse_int=str, parse_float=str)


def decode_json(content: bytes) -> Any:
    """The values; an error of NOT_JSON if it is not JSON, CheckError if a key is repeated."""
    values = _decode(content)
    try:
        _read_objects(content, object_pairs_hook=_refuse_repeated)
    except _RepeatedKeyError:
        raise CheckError([*islice(_repeated_keys(content), _MOST_TOLD)]) from None
    return values


def _decode(content: bytes) -> Any:
    """The values, in steps: while msgspec decodes, no other thread runs."""
    try:
        return _in_steps(Raw(content), _MOST_LEVELS)
    except DecodeError:
        return json.decode(content)  # which says where in the whole document it is wrong


def _in_steps(text: Raw, levels: int) -> Any:
    whole = memoryview(text)
    if len(whole) < _AT_ONCE or not levels:
        return json.decode(text)
    match bytes(whole[:1]):
        case b"{":
            members = json.decode(text, type=dict[str, Raw])
            return {key: _in_steps(value, levels - 1) for key, value in members.items()}
        case b"[":
            items = json.decode(text, type=list[Raw])
            return [_in_steps(item, levels - 1) for item in items]
        case _:
            return json.decode(text)


class _RepeatedKeyError(Exception):
    """An object has the same key twice."""


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise _RepeatedKeyError


class _Object(list[tuple[str, Any]]):
    """A JSON object as its pairs of key and value, so that a repeated key is in it twice."""


_Place = tuple[Any, "str | int"] | None
"""The place of the object or list around a value, and the value's key there."""


def _repeated_keys(content: bytes) -> Iterator[Mistake]:
    """A mistake for each key that stands in its object already."""
    waiting: list[tuple[_Place, Any]] = [(None, _read_objects(content, object_pairs_hook=_Object))]
    while waiting:
        place, value = waiting.pop()
        pairs = value if isinstance(value, _Object) else ()
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                yield Mistake(_path((place, key)), "each key once", f"{key!r} a second time")
            seen.add(key)
        inside = pairs or (enumerate(value) if isinstance(value, list) else ())
        waiting += reversed([((place, key), each) for key, each in inside])


def _path(place: _Place) -> Path:
    steps = []
    while place is not None:
        place, step = place
        steps.append(step)
    return tuple(reversed(steps))
