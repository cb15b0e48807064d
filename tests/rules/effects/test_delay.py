"""`delay`: real seconds on a real clock, the tester's seconds on a frozen one."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from emulator.core.duration import Duration
from emulator.core.validation import CheckError, check
from emulator.rules.effects.delay import Delay
from emulator.rules.rule import Then
from tests.process import AT_ONCE
from tests.support import Harness, StartEmulator

DRAWS = 300


async def delayed(emulator: Harness, code: str) -> asyncio.Task[dict[str, Any]]:
    """A call that waits already."""
    before = await emulator.acted()
    call = asyncio.create_task(emulator.exchange(code))
    while await emulator.acted() == before:
        pass
    return call


async def test_a_frozen_clock_holds_the_call_until_advanced_past_it(emulator: Harness) -> None:
    await emulator.freeze()
    code = await emulator.login()
    await emulator.rule({"delay": "1h"})
    call = await delayed(emulator, code)
    await emulator.advance("59m59s")
    assert not call.done()
    await emulator.advance("1s")
    assert "openid" in await call


async def test_control_calls_never_wait(emulator: Harness) -> None:
    await emulator.freeze()
    code = await emulator.login()
    await emulator.rule({"delay": "1h"}, on="*")
    call = await delayed(emulator, code)
    assert await emulator.login()
    assert (await emulator.control("GET", "requests/count?state=waiting"))["count"] == 1
    call.cancel()


async def test_it_waits_before_the_code_is_spent(emulator: Harness) -> None:
    await emulator.freeze()
    code = await emulator.login()
    await emulator.rule({"delay": "10s"}, times=1)
    slow = await delayed(emulator, code)
    assert "openid" in await emulator.exchange(code)
    await emulator.advance("10s")
    assert (await slow)["errcode"] == 40163


async def test_a_client_that_gave_up_spends_the_code_all_the_same(emulator: Harness) -> None:
    """As on the real server: the answer is lost, the retry gets 40163."""
    await emulator.freeze()
    code = await emulator.login()
    await emulator.rule({"delay": "10s"}, times=1)
    impatient = await delayed(emulator, code)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    answered = await emulator.control("GET", "requests/wait?count=1&timeout=2s")
    assert answered["requests"][0]["errcode"] is None
    assert (await emulator.exchange(code))["errcode"] == 40163


async def test_a_reset_lets_the_waiting_go(emulator: Harness) -> None:
    await emulator.freeze()
    code = await emulator.login()
    await emulator.rule({"delay": "1h"})
    call = await delayed(emulator, code)
    await emulator.control("POST", "reset")
    assert "openid" in await call


async def test_the_servers_stop_does_not_wait_for_it(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator()
    await emulator.freeze()
    code = await emulator.login()
    await emulator.rule({"delay": "1h"})
    call = await delayed(emulator, code)
    async with asyncio.timeout(AT_ONCE):
        await emulator.server.stop()
        with pytest.raises(aiohttp.ClientError):
            await call


async def waits(emulator: Harness, delay: dict[str, Any]) -> list[float]:
    """What the effect would wait, many times over."""
    (effect,) = Then.parse({"delay": delay}).effects
    assert isinstance(effect, Delay)
    return [await effect.draw(emulator.world()) for _ in range(DRAWS)]


async def test_a_uniform_delay_stays_between_its_bounds(emulator: Harness) -> None:
    drawn = await waits(emulator, {"min": "100ms", "max": "300ms"})
    assert 0.1 <= min(drawn) < 0.12
    assert 0.28 < max(drawn) <= 0.3


async def test_half_of_lognormal_delays_are_above_the_median(emulator: Harness) -> None:
    drawn = await waits(emulator, {"median": "200ms", "sigma": 0.8})
    above = sum(each > 0.2 for each in drawn)
    assert DRAWS * 0.4 < above < DRAWS * 0.6
    assert max(drawn) > 0.6


async def test_without_sigma_every_wait_is_the_median(emulator: Harness) -> None:
    assert set(await waits(emulator, {"median": "1s", "sigma": 0})) == {1.0}


async def test_the_same_seed_draws_the_same_waits(emulator: Harness) -> None:
    first = await waits(emulator, {"min": "0s", "max": "1s"})
    await emulator.control("POST", "reset")
    assert await waits(emulator, {"min": "0s", "max": "1s"}) == first


@pytest.mark.parametrize(
    ("delay", "says"),
    [
        ({}, "delay: expected one of: a duration, {min, max}, or {median, sigma}, got {}"),
        ({"min": "1s"}, "got {min}"),
        ({"fixed": "1s", "median": "1s"}, "got {fixed, median}"),
        ({"min": "2s", "max": "1s"}, "delay.max: expected at least min (2s), got 1s"),
        (
            "-1s",
            "delay: expected a duration such as 90s, 5m1s, 1500ms, 1h or 2d",
        ),
        ("soon", "delay: expected a duration such as 90s"),
        ({"median": "1s", "sigma": -1}, "delay.sigma: expected a number of at least 0 up to 5"),
    ],
)
def test_what_is_no_delay_is_refused(delay: Any, says: str) -> None:
    with pytest.raises(CheckError) as error:
        check({"delay": delay}, Then)
    assert says in str(error.value)


def test_a_bare_number_is_seconds() -> None:
    assert Then.parse({"delay": 2}).effects == (Delay(Duration(2)),)
