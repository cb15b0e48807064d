"""What is running, and with which switches."""

from __future__ import annotations

from emulator.core.duration import Duration
from emulator.world.behaviour import Quota, Quotas
from tests.support import Harness


async def test_health_says_what_is_running(emulator: Harness) -> None:
    health = await emulator.control("GET", "health")
    assert health["status"] == "ok"
    assert health["world"] == "default"
    assert health["addresses"] == [emulator.url]
    assert health["behaviour"] == {}
    assert 0 <= health["uptimeInSeconds"] < 60


async def test_health_shows_the_switches_that_differ(emulator: Harness) -> None:
    emulator.behave(
        code_expires_in=Duration(90),
        check_order="secret_first",
        quotas=Quotas(token=Quota(day=3)),
        strict_apps=True,
    )
    behaviour = (await emulator.control("GET", "health"))["behaviour"]
    assert set(behaviour) == {"code_expires_in", "check_order", "quotas", "strict_apps"}
    assert behaviour["code_expires_in"] == "1m30s"
    assert (await emulator.control("GET", "health", world="other"))["behaviour"] == {}


async def test_the_machines_time_is_told_whatever_the_worlds_clock_says(
    emulator: Harness,
) -> None:
    before = (await emulator.control("GET", "health"))["timestamp"]
    await emulator.freeze("1999-01-01T00:00:00Z")
    assert (await emulator.control("GET", "health"))["timestamp"] >= before


async def test_without_tls_there_is_no_certificate(emulator: Harness) -> None:
    status, problem = await emulator.call_control("GET", "certificate")
    assert status == 404
    assert "--tls-port" in problem["detail"]
