"""Endpoints are asked about one declared app, on a clock that stands at noon."""

from __future__ import annotations

import pytest

from tests.support import APPID, SECRET, Harness


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    await emulator.freeze()
    return emulator
