"""A world's time: the machine's plus an offset, or frozen; and the one place that waits."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from ..core.entities import ClockSetting
from .stores import StoreView

_ONE_SETTING = "clock"
# What a datetime can show, with a year to spare for a clock that runs on.
_FIRST, _LAST = -62135596800.0, 253370764800.0
machine_now: Callable[[], float] = time.time
"""Unix seconds of the machine, whatever the worlds' clocks say."""
monotonic: Callable[[], float] = time.monotonic
"""Seconds of the machine that only ever go on, to measure by."""
_REAL = ClockSetting()


class Clock:
    """Tells a world's time and changes it. The setting is in the store, so a snapshot has it."""

    def __init__(
        self,
        at_hand: StoreView,
        start: ClockSetting = _REAL,
        *,
        machine: Callable[[], float] = machine_now,
    ) -> None:
        """`at_hand` is the store's view outside of transactions."""
        self._at_hand = at_hand
        self._start = start
        self._machine = machine
        self._changed = asyncio.Event()
        self._ended = False

    @property
    def setting(self) -> ClockSetting:
        """How this clock is set now."""
        return self._at_hand.get(ClockSetting, _ONE_SETTING) or self._start

    def now(self) -> float:
        """Unix seconds in the world's time."""
        return self._shown(self._at_hand.get(ClockSetting, _ONE_SETTING) or self._start)

    def set(self, store: StoreView, at: float | None, *, frozen: bool | None) -> None:
        """Set the time, freeze or thaw it; None leaves that side as it is.

        A step of a transaction, whose view is `store`; `wake` afterwards who waits for that time.
        ValueError if the time lies outside the calendar.
        """
        setting = store.get(ClockSetting, _ONE_SETTING) or self._start
        at = self._shown(setting) if at is None else at
        check_time(at)
        if frozen is None:
            frozen = setting.frozen_at is not None
        store.put(
            ClockSetting(frozen_at=at) if frozen else ClockSetting(offset=at - self._machine())
        )

    def advance(self, store: StoreView, seconds: float) -> None:
        """Move the time on, or back if negative; else as `set`."""
        setting = store.get(ClockSetting, _ONE_SETTING) or self._start
        self.set(store, self._shown(setting) + seconds, frozen=None)

    async def sleep_until(self, end: float, in_vain: Callable[[], bool] = lambda: False) -> None:
        """Wait until the world's clock shows that time: on a frozen one, until it is advanced.

        Who has waited `in_vain` waits no longer; `wake` tells it to look.
        """
        while (left := end - self.now()) > 0 and not self._ended and not in_vain():
            frozen = self.setting.frozen_at is not None
            changed = self._changed
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), None if frozen else left)

    def _shown(self, setting: ClockSetting) -> float:
        return self._machine() + setting.offset if setting.frozen_at is None else setting.frozen_at

    async def until_ended(self) -> None:
        """Wait until the world is no more."""
        while not self._ended:
            await self._changed.wait()

    def end(self) -> None:
        """Let every sleeper go: the world is no more."""
        self._ended = True
        self.wake()

    def wake(self) -> None:
        """Let every sleeper look at the time again."""
        self._changed.set()
        self._changed = asyncio.Event()


def initial_setting(
    at: float | None, *, frozen: bool, machine: Callable[[], float] = time.time
) -> ClockSetting:
    """The setting of a clock that shows `at` (None: the machine's time) from this moment on."""
    if frozen:
        # A plain number: a snapshot knows none of a scenario's own types.
        return ClockSetting(frozen_at=machine() if at is None else float(at))
    return _REAL if at is None else ClockSetting(offset=at - machine())


def check_time(at: float) -> None:
    """ValueError unless the calendar, and all that shows times, can follow."""
    if not _FIRST <= at < _LAST:
        raise ValueError("expected a time in the years 1 to 9998")


def latest(at: float) -> float:
    """The time, or the last that the calendar has."""
    return min(at, _LAST - 1)


def rfc3339(at: float) -> str:
    """Unix seconds as `2026-01-01T08:00:00.000Z`."""
    second = math.floor(at)
    # .123 may come as .12299999: less than a step between two floats, of the time or of its rest.
    millis = min(int((at - second + math.ulp(at) + math.ulp(1.0)) * 1000), 999)
    return f"{_to_the_second(second)}.{millis:03d}Z"


def time_of_day(at: float) -> str:
    """Unix seconds as `08:00:00`, in UTC."""
    return _to_the_second(math.floor(at))[11:]


@lru_cache(maxsize=16)
def _to_the_second(second: int) -> str:
    """What all lines of the log within a second share."""
    # Not strftime: its %Y has no leading zeros on some systems.
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


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
