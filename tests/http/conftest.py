"""A loop whose clock tests move on, to meet its timers without waiting for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

FastForward = Callable[[float], None]
"""`fast_forward(75)`: all timers of the running loop come so many seconds nearer."""


@pytest.fixture
async def fast_forward(monkeypatch: pytest.MonkeyPatch) -> FastForward:
    loop, ahead = asyncio.get_running_loop(), 0.0
    real = loop.time

    def move(seconds: float) -> None:
        nonlocal ahead
        ahead += seconds

    monkeypatch.setattr(loop, "time", lambda: real() + ahead)
    return move
