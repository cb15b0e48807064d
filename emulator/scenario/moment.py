"""The type of `clock.at`: a moment, written as RFC 3339."""

from __future__ import annotations

from typing import Any, ClassVar

from ..world.clock import from_rfc3339

_LATEST = from_rfc3339("9998-12-31T23:59:59Z")


class Moment(float):
    """Unix seconds, written as RFC 3339 with an offset."""

    __slots__ = ()
    expected: ClassVar = (
        "a moment from 1970 to 9998 with its offset, such as 2026-01-01T08:00:00+08:00 (Z is UTC)"
    )

    @classmethod
    def parse(cls, value: object) -> Moment:
        """Read RFC 3339; ValueError says what is expected."""
        if not isinstance(value, str):
            raise ValueError(f"expected {cls.expected}")
        seconds = from_rfc3339(value)
        if not 0 <= seconds <= _LATEST:
            raise ValueError(f"expected {cls.expected}")
        return cls(seconds)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """This type in JSON Schema."""
        return {"type": "string", "examples": ["2026-01-01T08:00:00+08:00"]}
