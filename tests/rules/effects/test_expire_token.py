"""`expire_token`: 42001 from now on, a new token works."""

from __future__ import annotations

from tests.support import Harness

USES = {"on": "/wxa/*", "times": 1}


async def test_a_blind_retry_meets_42001_again_and_a_new_token_works(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.rule({"expire_token": True}, **USES)
    assert [await emulator.token_state(token) for _ in range(3)] == [42001] * 3
    assert await emulator.token_state(await emulator.fetch_token()) == 0


async def test_it_is_42001_for_as_long_as_the_world_knows_the_token(emulator: Harness) -> None:
    await emulator.freeze()
    token = await emulator.fetch_token()
    await emulator.rule({"expire_token": True}, **USES)
    await emulator.token_state(token)
    await emulator.advance("119m")
    await emulator.forget_ended()
    assert await emulator.token_state(token) == 42001


async def test_the_token_before_its_successor_may_still_expire(emulator: Harness) -> None:
    """A newer one has set its end already, five minutes from now."""
    token = await emulator.fetch_token()
    await emulator.fetch_token()
    await emulator.rule({"expire_token": True}, **USES)
    assert [await emulator.token_state(token) for _ in range(2)] == [42001] * 2


async def test_without_a_token_the_hint_says_that_nothing_expired(emulator: Harness) -> None:
    await emulator.rule({"expire_token": True}, **USES)
    assert await emulator.token_state("") == 41001
    assert "expire_token found no live access_token" in (await emulator.latest())["hint"]
