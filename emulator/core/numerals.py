"""Numbers in text: ASCII digits alone. Python's own int and float also read `1_000` and `１２`."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"-?[0-9]+")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def whole(text: str) -> int:
    """The number that is written as `12` or `-1`; ValueError if it is written otherwise."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"expected a whole number in digits, got {text!r}")
    return int(text)


def decimal(text: str) -> float:
    """The number that is written as `2`, `2.5` or `-0.1`; ValueError if it is written otherwise."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"expected a number in digits, got {text!r}")
    return float(text)
