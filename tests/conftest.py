"""Fixtures for every test: `emulator` runs in the test's own loop, on a free port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from tests.support import Emulator, StartEmulator, running


@pytest.fixture
async def start_emulator() -> AsyncIterator[StartEmulator]:
    """Starts emulators with settings of the test's choice."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def start(**settings: Any) -> Emulator:
            emulator = await running(http, **settings)
            stack.push_async_callback(emulator.server.stop)
            return emulator

        yield start


@pytest.fixture
async def emulator(start_emulator: StartEmulator) -> Emulator:
    """A running emulator with nothing declared."""
    return await start_emulator()
