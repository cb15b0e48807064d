"""Work counted in function calls: the same on every machine, however busy it is."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


class Counter:
    """Counts the function calls made while it is on."""

    def __init__(self) -> None:
        self.calls = 0

    def __enter__(self) -> Counter:
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _count(self, frame: FrameType, event: str, argument: Any) -> None:
        self.calls += event in ("call", "c_call")
