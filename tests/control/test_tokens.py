"""access_tokens that end before their time, by the control API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import APPID, OTHER_APPID, Harness


@pytest.mark.parametrize(
    ("route", "counted", "errcode"),
    [("tokens/kill", "killed", 40001), ("tokens/expire", "expired", 42001)],
)
async def test_every_live_token_of_an_app_ends(
    emulator: Harness, route: str, counted: str, errcode: int
) -> None:
    held = [await emulator.fetch_token() for _ in range(2)]
    other = await emulator.fetch_token(appid=OTHER_APPID)
    assert await emulator.control("POST", route, {"appid": APPID}) == {counted: 2}
    assert [await emulator.token_state(each) for each in (*held, other)] == [errcode, errcode, 0]
    assert await emulator.token_state(await emulator.fetch_token()) == 0


async def test_one_token_ends_alone(emulator: Harness) -> None:
    first, second = await emulator.fetch_token(), await emulator.fetch_token()
    answer = await emulator.control("POST", "tokens/kill", {"access_token": second})
    assert answer == {"killed": 1}
    assert [await emulator.token_state(each) for each in (first, second)] == [0, 40001]
    hint = (await emulator.latest())["hint"]
    assert "by a call of the control API: fetch a new one" in hint
    assert (await emulator.latest())["rules"] == ["world_state"]


@pytest.mark.parametrize("which", [{}, {"appid": APPID}])
async def test_none_is_no_mistake(emulator: Harness, which: dict[str, Any]) -> None:
    assert await emulator.control("POST", "tokens/kill", which) == {"killed": 0}


async def test_a_token_that_is_named_has_to_live(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.control("POST", "tokens/kill")
    for text, came in ((token, "one that has ended"), ("x", "one that was never issued here")):
        status, problem = await emulator.call_control("POST", "tokens/kill", {"access_token": text})
        assert (status, problem["detail"].partition(", got ")[2]) == (404, came)
