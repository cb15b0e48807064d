"""Tests that fake the machine's time: a world shows theirs, and what waits, waits as ever."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.request import urlopen

import pytest
import time_machine
from freezegun import freeze_time

from emulator.testing.emulator import Emulator, running
from emulator.world.clock import monotonic

ROOT = Path(__file__).parents[2]
THEN = datetime(2012, 1, 14, tzinfo=UTC)
Fake = Callable[[], AbstractContextManager[Any]]

FAKES: dict[str, Fake] = {
    "freezegun": lambda: freeze_time(THEN),
    "freezegun-running": lambda: freeze_time(THEN, tick=True),
    "freezegun-15s-a-look": lambda: freeze_time(THEN, auto_tick_seconds=15),
    "freezegun-in-beijing": lambda: freeze_time(THEN, tz_offset=8),
    "freezegun-ignoring-asyncio": lambda: freeze_time(THEN, ignore=["asyncio"]),
    "freezegun-with-real-loops": lambda: freeze_time(THEN, real_asyncio=True),
    "time-machine": lambda: time_machine.travel(THEN, tick=False),
    "time-machine-running": lambda: time_machine.travel(THEN),
}
fakes = pytest.mark.parametrize(
    "fake", [pytest.param(fake, id=name) for name, fake in FAKES.items()]
)


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with running() as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator, request: pytest.FixtureRequest) -> Emulator:
    return server.in_world(f"t{id(request.node)}")


def exchange(emulator: Emulator, code: str) -> Any:
    query = f"appid=wx0000000000000001&secret=s&js_code={code}"
    with urlopen(f"{emulator.url}/sns/jscode2session?{query}") as answer:  # noqa: S310  # our own
        return json.load(answer)


@contextmanager
def lasting(seconds: float) -> Iterator[None]:
    began = monotonic()
    yield
    assert seconds * 0.99 <= monotonic() - began < seconds + 1


def test_nobody_fakes_our_own_monotonic_clock() -> None:
    for fake in FAKES.values():
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        with fake():
            assert before <= monotonic() <= time.clock_gettime(time.CLOCK_MONOTONIC)


@fakes
def test_a_delay_lasts_as_long_as_it_says(fake: Fake, emulator: Emulator) -> None:
    with fake(), lasting(0.3):
        assert "openid" in exchange(emulator, "emu.alice.delay-300ms")


@fakes
def test_an_answer_comes_in_pieces_at_its_pace(fake: Fake, emulator: Emulator) -> None:
    emulator.rule(on="jscode2session", then={"dribble": {"pieces": 4, "over": "200ms"}})
    with fake(), lasting(0.2):
        assert "openid" in exchange(emulator, emulator.login())


@fakes
def test_waiting_for_calls_ends_when_it_says(fake: Fake, emulator: Emulator) -> None:
    with fake(), lasting(0.2), pytest.raises(TimeoutError, match=r"waited 0\.2 s for 1 calls"):
        emulator.client.wait_for_requests(timeout=0.2)


@fakes
def test_a_world_shows_the_time_of_the_test(fake: Fake, emulator: Emulator) -> None:
    with fake():
        assert "openid" in exchange(emulator, emulator.login()), "made and used at the same time"
        assert emulator.requests()[0]["at"].startswith("2012-01-14T00:0")
    assert not emulator.client.clock()["now"].startswith("2012")


def test_a_code_ends_when_the_test_moves_its_time_on(emulator: Emulator) -> None:
    with freeze_time(THEN) as frozen:
        code = emulator.login()
        frozen.tick(301)
        assert exchange(emulator, code)["errcode"] == 40029


def test_a_delay_ends_when_the_world_is_advanced(emulator: Emulator) -> None:
    later = Timer(0.1, emulator.advance, ["1h"])
    with freeze_time(THEN), lasting(0.1):
        later.start()
        assert "openid" in exchange(emulator, "emu.alice.delay-30s")
    later.join()


@pytest.mark.parametrize("fake", ["freezegun", "time-machine"])
def test_a_server_that_starts_in_the_past_has_certificates_of_today(fake: str) -> None:
    """In a process of its own: cryptography keeps the datetime class that it meets first."""
    code = f"""
from urllib.request import urlopen
from cryptography import x509
from emulator import running
from tests.testing.test_faked_time import FAKES, datetime
with FAKES[{fake!r}](), running() as emulator, emulator.redirect():
    url = "https://api.weixin.qq.com/sns/jscode2session?appid=wx0000000000000001&secret=s&js_code="
    print(urlopen(url + emulator.login()).read())
x509.CertificateBuilder().not_valid_before(datetime(2030, 1, 1))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "openid" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr


def test_the_server_is_imported_before_a_fixture_fakes_time(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import datetime
import pytest
from freezegun import freeze_time

@pytest.fixture(scope="session", autouse=True)
def frozen():
    with freeze_time("2012-01-14"):
        yield

def test_the_clock_is_set(frozen, wechat_emulator):
    wechat_emulator.load({"version": 1, "clock": {"at": "2026-01-01T00:00:00Z", "frozen": True}})
    assert wechat_emulator.client.clock()["now"] == "2026-01-01T00:00:00.000Z"
"""
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
