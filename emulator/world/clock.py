"""A world's time: the machine's plus an offset, or frozen; and the one place that waits.

What a world shows follows the machine's clock, also one that a test fakes: the test wants to see
its own date in its data. What waits goes by a clock that neither tests nor time servers turn.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache, partial

from ..core.entities import ClockSetting
from .stores import StoreView

_ONE_SETTING = "clock"
# What a datetime can show, with a year to spare for a clock that runs on.
_FIRST, _LAST = -62135596800.0, 253370764800.0
_REAL = ClockSetting()
_BUILTIN: type = type(len)  # what time.time is where nobody has replaced it

# freezegun replaces time.monotonic in every module that has it under a name of its own, also while
# it is being imported; nobody replaces these two, which Windows alone does not have.
if sys.platform == "win32":
    monotonic: Callable[[], float] = partial(time.monotonic)
    _wall: Callable[[], float] = partial(time.time)
else:
    monotonic = partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    """Seconds of the machine that only ever go on, to measure by, also where a test fakes time."""
    _wall = partial(time.clock_gettime, time.CLOCK_REALTIME)


def real_now() -> float:
    """Unix seconds of the machine, also where a test fakes time: OpenSSL goes by them."""
    # time-machine fakes the system call, too.
    hatch = getattr(sys.modules.get("time_machine"), "escape_hatch", None)
    return float(hatch.time.time()) if hatch and hatch.is_travelling() else _wall()


def machine_now() -> float:
    """Unix seconds of the machine, or a test's where it fakes time; no world's clock matters."""
    tell = time.time
    if type(tell) is _BUILTIN:
        return tell()
    # freezegun's time.time looks up the stack and tells who is on a thread the truth, but only a
    # few calls deep: a code would be made in the test's 2012 and end today.
    return datetime.now().timestamp()  # noqa: DTZ005  # with a zone, its tz_offset counts twice


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
        setting = self._at_hand.get(ClockSetting, _ONE_SETTING) or self._start
        return _shown(setting, self._machine)

    def steady(self) -> Callable[[], float]:
        """Tells the world's time as `now`, but whatever becomes of the machine's clock after this.

        It goes on while a test holds the machine's time, and never back with it; what is done to
        the world's clock, it follows. One belongs to one wait.
        """
        ahead = self._machine() - monotonic()
        return lambda: _shown(self.setting, lambda: monotonic() + ahead)

    def set(self, store: StoreView, at: float | None, *, frozen: bool | None) -> None:
        """Set the time, freeze or thaw it; None leaves that side as it is.

        A step of a transaction, whose view is `store`; `wake` afterwards who waits for that time.
        ValueError if the time lies outside the calendar.
        """
        setting = store.get(ClockSetting, _ONE_SETTING) or self._start
        at = _shown(setting, self._machine) if at is None else at
        check_time(at)
        if frozen is None:
            frozen = setting.frozen_at is not None
        store.put(
            ClockSetting(frozen_at=at) if frozen else ClockSetting(offset=at - self._machine())
        )

    def advance(self, store: StoreView, seconds: float) -> None:
        """Move the time on, or back if negative; else as `set`."""
        setting = store.get(ClockSetting, _ONE_SETTING) or self._start
        self.set(store, _shown(setting, self._machine) + seconds, frozen=None)

    async def sleep_until(
        self, end: float, now: Callable[[], float], in_vain: Callable[[], bool] = lambda: False
    ) -> None:
        """Wait until a `steady` clock shows that time: on a frozen one, until it is advanced.

        Who has waited `in_vain` waits no longer; `wake` tells it to look.
        """
        while (left := end - now()) > 0 and not self._ended and not in_vain():
            frozen = self.setting.frozen_at is not None
            changed = self._changed
            with suppress(TimeoutError):
                async with asyncio.timeout(None if frozen else left):
                    await changed.wait()

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


def _shown(setting: ClockSetting, machine: Callable[[], float]) -> float:
    return machine() + setting.offset if setting.frozen_at is None else setting.frozen_at


def initial_setting(
    at: float | None, *, frozen: bool, machine: Callable[[], float] = machine_now
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
