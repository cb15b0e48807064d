"""A world's time: the machine's time plus an offset, or frozen. Only this module waits for it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from ..core.entities import ClockSetting
from .stores import Store

_ONE_SETTING = "clock"
# What a datetime can show, with a year to spare for a clock that runs on.
_FIRST, _LAST = -62135596800.0, 253370764800.0
machine_now: Callable[[], float] = time.time
"""Unix seconds of the machine, whatever the worlds' clocks say."""
_REAL = ClockSetting()


class Clock:
    """Tells a world's time and changes it. The setting is in the store, so a snapshot has it."""

    def __init__(
        self,
        store: Store,
        start: ClockSetting = _REAL,
        *,
        machine: Callable[[], float] = machine_now,
    ) -> None:
        self._store = store
        self._start = start
        self._machine = machine
        self._changed = asyncio.Event()
        self._ended = False

    async def setting(self) -> ClockSetting:
        """How this clock is set now."""
        return await self._store.get(ClockSetting, _ONE_SETTING) or self._start

    async def now(self) -> float:
        """Unix seconds in the world's time."""
        setting = await self._store.get(ClockSetting, _ONE_SETTING) or self._start
        if setting.frozen_at is not None:
            return setting.frozen_at
        return self._machine() + setting.offset

    async def set(self, at: float | None, *, frozen: bool | None) -> None:
        """Set the time, freeze or thaw it; None leaves that side as it is. Wakes who waits.

        ValueError if the time lies outside the calendar.
        """
        setting = await self.setting()
        at = await self.now() if at is None else at
        check_time(at)
        if frozen is None:
            frozen = setting.frozen_at is not None
        await self._store.put(
            ClockSetting(frozen_at=at) if frozen else ClockSetting(offset=at - self._machine())
        )
        self.wake()

    async def advance(self, seconds: float) -> None:
        """Move the time on, or back if negative."""
        await self.set(await self.now() + seconds, frozen=None)

    async def sleep(self, seconds: float) -> None:
        """Wait until so much of the world's time has passed: on a frozen clock, until advanced."""
        await self.sleep_until(await self.now() + seconds)

    async def sleep_until(self, end: float) -> None:
        """Wait until the world's clock shows that time."""
        while (left := end - await self.now()) > 0 and not self._ended:
            frozen = (await self.setting()).frozen_at is not None
            changed = self._changed
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), None if frozen else left)

    def end(self) -> None:
        """End every wait for good: the world is gone."""
        self._ended = True
        self.wake()

    def wake(self) -> None:
        """Make everybody who waits look at the time again."""
        self._changed.set()
        self._changed = asyncio.Event()


def starting(
    at: float | None, *, frozen: bool, machine: Callable[[], float] = time.time
) -> ClockSetting:
    """The setting of a clock that shows `at` (None: the machine's time) from this moment on."""
    if frozen:
        return ClockSetting(frozen_at=machine() if at is None else at)
    return _REAL if at is None else ClockSetting(offset=at - machine())


def check_time(at: float) -> None:
    """ValueError unless the calendar, and all that shows times, can follow."""
    if not _FIRST <= at < _LAST:
        raise ValueError("expected a time in the years 1 to 9998")


def rfc3339(at: float) -> str:
    """Unix seconds as `2026-01-01T08:00:00.000Z`."""
    second = math.floor(at)
    millis = min(int((at - second) * 1000 + 0.0005), 999)  # .123 may come as .12299999
    return f"{_to_the_second(second)}.{millis:03d}Z"


def time_of_day(at: float) -> str:
    """Unix seconds as `08:00:00`, in UTC."""
    return _to_the_second(math.floor(at))[11:]


@lru_cache(maxsize=16)
def _to_the_second(second: int) -> str:
    """What all lines of the log within a second share."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def from_rfc3339(text: str) -> float:
    """Unix seconds of a moment with its offset; ValueError says what is missing."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"expected a moment such as 2026-01-01T08:00:00+08:00, got {text!r}"
        ) from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset: append Z for UTC or +08:00 for Beijing")
    return moment.timestamp()
