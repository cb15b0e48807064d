"""Durations as people write them: `90s`, `5m1s`, `1500ms`, or a number of seconds."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from msgspec import field

from .numerals import decimal

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# With an end to its digits: a search would else read a long number again from each digit on.
_PART = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)(ms|s|m|h|d)")
_WHOLE = re.compile(rf"(-?)((?:{_PART.pattern})+)")

PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"
# Three thousand years. A longer one leaves the calendar, or is infinite.
_MOST = 1e11
EXPECTED = "a duration such as 90s, 5m1s, 1500ms, 1h or 2d (a bare number is seconds)"


class Duration(float):
    """A number of seconds, read from text with units or from a number, and printed with units."""

    __slots__ = ()
    expected: ClassVar[str] = EXPECTED

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """This type in JSON Schema."""
        examples = ["5m1s", "1500ms"]
        return {
            "type": ["string", "number"], "pattern": PATTERN, "minimum": 0, "examples": examples
        }  # fmt: skip

    @classmethod
    def parse(cls, value: object) -> Duration:
        """Read `"5m1s"`, `"2.5"` or a number; ValueError says what is expected."""
        return cls(cls._read(value, least=0))

    @classmethod
    def _read(cls, value: object, least: float) -> float:
        number = value if isinstance(value, int | float) else float("nan")
        seconds = _seconds(value) if isinstance(value, str) else number
        if isinstance(value, bool) or not least <= seconds <= _MOST:  # also refuses nan
            raise ValueError(f"expected {cls.expected}, got {value!r}")
        return seconds

    def __str__(self) -> str:
        """The shortest text that `parse` reads back: `5m1s`, `1.5s`, `250ms`, `0s`."""
        rest, text = round(abs(self), 3), ""
        for unit in ("d", "h", "m"):
            whole, rest = divmod(rest, _SECONDS[unit])
            if whole:
                text += f"{whole:.0f}{unit}"
        rest = round(rest, 3)
        if rest or not text:
            text += f"{rest * 1000:g}ms" if 0 < rest < 1 and not text else f"{rest:g}s"
        return f"-{text}" if self < 0 else text


class Shift(Duration):
    """A duration that may be negative: it moves a clock forward or back."""

    __slots__ = ()
    expected: ClassVar[str] = (
        "a duration such as 5m1s or 2d, or -30s for back (a bare number is seconds)"
    )

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """This type in JSON Schema."""
        pattern = PATTERN.replace("^", "^-?")
        return {"type": ["string", "number"], "pattern": pattern, "examples": ["5m1s", "-30s"]}

    @classmethod
    def parse(cls, value: object) -> Shift:
        """Read `"5m1s"`, `"-30s"` or a number; ValueError says what is expected."""
        return cls(cls._read(value, least=-_MOST))


def _seconds(text: str) -> float:
    if match := _WHOLE.fullmatch(text):
        total = sum(float(n) * _SECONDS[unit] for n, unit in _PART.findall(match[2]))
        return -total if match[1] else total
    try:
        return decimal(text)
    except ValueError:
        return float("nan")


def lasting(seconds: float, name: str | None = None) -> Any:
    """The default of a struct's field: a duration of so many seconds. `name` is its key in YAML.

    It is a factory, because msgspec cannot write a custom type as a default into a JSON Schema.
    """
    return field(default_factory=lambda: Duration(seconds), name=name)
