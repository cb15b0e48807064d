"""What the reader of a failed test is told of calls that are not over."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from emulator.testing.emulator import Emulator, running


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with running() as emulator:
        yield emulator


def send(emulator: Emulator, code: str) -> socket.socket:
    """A client that has sent its request and waits."""
    host = urlsplit(emulator.url)
    client = socket.create_connection((host.hostname, host.port))
    path = f"/sns/jscode2session?appid=wx0000000000000001&secret=s&js_code={code}"
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def test_a_call_that_waits_is_told_with_what_it_waits_for(emulator: Emulator) -> None:
    with send(emulator, "emu.alice.delay-1h"):
        emulator.client.wait_for_requests(state="waiting")
        assert "alice emu.alice.delay-1h -> waits for a delay of 1h, 59m" in emulator.report()


def test_it_is_compared_with_what_was_wanted(emulator: Emulator) -> None:
    with send(emulator, "emu.alice.delay-1h"):
        emulator.client.wait_for_requests(state="waiting")
        with pytest.raises(AssertionError, match="errcode: expected 40029, got None"):
            emulator.assert_called(errcode=40029)


def test_a_client_that_left_a_hanging_call_is_told(emulator: Emulator) -> None:
    emulator.rule(on="jscode2session", then={"hang": True})
    with send(emulator, "emu.alice"):
        emulator.client.wait_for_requests(state="dropped")
        assert "-> hang (rule" in emulator.report()
    emulator.client.wait_for_requests(state="left")
    assert "-> hang, client left after 0.0 s (rule" in emulator.report()
