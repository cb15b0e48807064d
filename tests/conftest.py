"""Fixtures for every test: `emulator` runs in the test's own loop, on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from tests import versions
from tests.support import FastForward, Harness, StartEmulator, running


def pytest_report_header() -> str:
    """The releases this run is with, among its first lines."""
    return versions.shown()


@pytest.fixture
async def start_emulator() -> AsyncIterator[StartEmulator]:
    """Starts emulators with settings of the test's choice."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Harness:
            http = aiohttp.ClientSession()
            try:
                emulator = await running(http, **settings)
            except BaseException:
                await http.close()
                raise
            stack.push_async_callback(emulator.server.stop)
            # First of the two, or the server waits for the client's idle connection.
            stack.push_async_callback(http.close)
            return emulator

        yield start


@pytest.fixture
async def emulator(start_emulator: StartEmulator) -> Harness:
    """A running emulator with nothing declared."""
    return await start_emulator()


@pytest.fixture
async def fast_forward(monkeypatch: pytest.MonkeyPatch) -> FastForward:
    """Moves the loop's clock on, to meet its timers without waiting for them."""
    loop, ahead = asyncio.get_running_loop(), 0.0
    real = loop.time

    def move(seconds: float) -> None:
        nonlocal ahead
        ahead += seconds

    monkeypatch.setattr(loop, "time", lambda: real() + ahead)
    return move
