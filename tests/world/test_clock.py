"""A world's clock, with the machine's time in the test's hands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.entities import ClockSetting
from emulator.world.clock import (
    Clock,
    from_rfc3339,
    initial_setting,
    monotonic,
    rfc3339,
    time_of_day,
)
from emulator.world.stores.memory import MemoryStore
from tests.process import AT_ONCE


class Machine:
    """A machine whose time is what a test says."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.store = MemoryStore()

    def clock(self, start: ClockSetting | None = None) -> Clock:
        return Clock(self.store, start or ClockSetting(), machine=lambda: self.now)


async def test_it_runs_beside_the_machines() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.set(machine.store, 5000.0, frozen=None)
    machine.now += 7
    assert clock.now() == 5007
    clock.advance(machine.store, -10)
    assert clock.now() == 4997


async def test_frozen_it_stands_still_until_moved_or_let_go() -> None:
    machine = Machine()
    clock = machine.clock(ClockSetting(frozen_at=50.0))
    machine.now += 100
    assert clock.now() == 50
    clock.advance(machine.store, 5)
    machine.now += 100
    assert clock.now() == 55
    clock.set(machine.store, 60.0, frozen=None)
    machine.now += 100
    assert clock.now() == 60
    clock.set(machine.store, None, frozen=False)
    machine.now += 1
    assert clock.now() == 61
    clock.set(machine.store, None, frozen=True)
    machine.now += 1
    assert clock.now() == 61


async def test_a_sleeper_on_a_frozen_clock_wakes_when_it_is_advanced_past() -> None:
    machine = Machine()
    clock = machine.clock(ClockSetting(frozen_at=0.0))
    sleeper = asyncio.create_task(clock.sleep_until(clock.now() + 3, clock.steady()))
    await turns()
    for step, done in ((1.0, False), (1.0, False), (1.0, True)):
        clock.advance(machine.store, step)
        clock.wake()
        await turns()
        assert sleeper.done() is done


async def test_a_sleeper_goes_when_the_world_ends() -> None:
    clock = Machine().clock(ClockSetting(frozen_at=0.0))
    sleeper = asyncio.create_task(clock.sleep_until(clock.now() + 1e9, clock.steady()))
    await turns()
    clock.end()
    await asyncio.wait_for(sleeper, AT_ONCE)
    await asyncio.wait_for(clock.sleep_until(clock.now() + 1e9, clock.steady()), AT_ONCE)


async def test_on_a_running_clock_it_sleeps_for_real_time() -> None:
    clock = Clock(MemoryStore())
    before = clock.now()
    await clock.sleep_until(clock.now() + 0.01, clock.steady())
    assert clock.now() - before >= 0.01


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
async def test_a_sleeper_sleeps_as_long_if_the_machines_clock_jumps(jump: float) -> None:
    machine = Machine()
    clock = machine.clock()
    began, steady = monotonic(), clock.steady()
    sleeper = asyncio.create_task(clock.sleep_until(steady() + 0.1, steady))
    await turns()
    machine.now += jump
    clock.wake()
    await turns()
    assert not sleeper.done()
    await sleeper
    assert 0.1 <= monotonic() - began < 0.1 + AT_ONCE


async def test_a_sleeper_goes_when_a_clock_that_stands_still_is_advanced_past() -> None:
    machine = Machine()  # its time never moves on by itself, as under freezegun
    clock = machine.clock()
    steady = clock.steady()
    sleeper = asyncio.create_task(clock.sleep_until(steady() + 1e6, steady))
    await turns()
    for step, done in ((9e5, False), (2e5, True)):
        clock.advance(machine.store, step)
        clock.wake()
        await turns()
        assert sleeper.done() is done


async def test_a_sleeper_stays_while_the_clock_is_frozen_and_goes_on_with_it() -> None:
    machine = Machine()
    clock = machine.clock()
    steady = clock.steady()
    sleeper = asyncio.create_task(clock.sleep_until(steady() + 0.05, steady))
    clock.set(machine.store, None, frozen=True)
    clock.wake()
    await asyncio.wait([sleeper], timeout=0.1)
    assert not sleeper.done()
    clock.set(machine.store, None, frozen=False)
    clock.wake()
    await asyncio.wait_for(sleeper, AT_ONCE)


@pytest.mark.parametrize(
    ("at", "frozen", "shown_later"),
    [(None, False, 1007.0), (None, True, 1000.0), (50.0, False, 57.0), (50.0, True, 50.0)],
)
async def test_it_starts_where_the_scenario_says(
    at: float | None, frozen: bool, shown_later: float
) -> None:
    machine = Machine()
    clock = machine.clock(initial_setting(at, frozen=frozen, machine=lambda: machine.now))
    machine.now += 7
    assert clock.now() == shown_later


FIRST = from_rfc3339("0001-01-01T00:00:00Z")
LAST = from_rfc3339("9999-01-01T00:00:00Z")


@pytest.mark.parametrize("at", [float("inf"), float("nan"), -1e12, 1e12, FIRST - 1, LAST])
async def test_times_outside_the_calendar_are_refused(at: float) -> None:
    machine = Machine()
    clock = machine.clock()
    with pytest.raises(ValueError, match=r"^expected a time in the years 1 to 9998$"):
        clock.set(machine.store, at, frozen=True)
    assert clock.now() == 1000


@pytest.mark.parametrize("at", [FIRST, LAST - 1])
async def test_every_time_of_the_calendar_can_be_set(at: float) -> None:
    machine = Machine()
    clock = machine.clock()
    clock.set(machine.store, at, frozen=True)
    assert clock.now() == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-01T08:00:00+08:00", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("1969-12-31T23:59:59.809Z", "1969-12-31T23:59:59.809Z"),
        ("2026-01-01 08:00+08:00", "2026-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("0999-12-31T23:59:59.001Z", "0999-12-31T23:59:59.001Z"),
        ("9998-12-31T23:59:59.999Z", "9998-12-31T23:59:59.999Z"),
        ("2026-01-01T00:00:00.123Z", "2026-01-01T00:00:00.123Z"),
    ],
)
def test_moments_are_read_with_their_offset(text: str, at: str) -> None:
    assert rfc3339(from_rfc3339(text)) == at


@settings(deadline=None)
@given(st.integers(-62_135_596_800_000, 253_370_764_799_999))
def test_a_moment_to_the_millisecond_is_printed_as_it_was_read(milliseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert rfc3339(from_rfc3339(text)) == text
    assert time_of_day(from_rfc3339(text)) == text[11:19]


def test_a_second_lasts_to_its_end() -> None:
    assert time_of_day(from_rfc3339("2026-01-01T00:00:59.999Z")) == "00:00:59"
    assert rfc3339(59.9999) == "1970-01-01T00:00:59.999Z"


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (0.123, "1970-01-01T00:00:00.123Z"),
        (1767240000.123, "2026-01-01T04:00:00.123Z"),  # a float just below
        (0.9985, "1970-01-01T00:00:00.998Z"),
        (0.9999999, "1970-01-01T00:00:00.999Z"),
    ],
)
def test_a_moment_is_shown_with_the_milliseconds_that_have_passed(at: float, shown: str) -> None:
    assert rfc3339(at) == shown


def test_a_time_of_day_is_shown_in_utc() -> None:
    assert time_of_day(1767240000.9) == "04:00:00"


@pytest.mark.parametrize(
    ("text", "says"), [("yesterday", "expected a moment"), ("2026-01-01", "has no offset")]
)
def test_a_moment_without_its_place_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        from_rfc3339(text)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
