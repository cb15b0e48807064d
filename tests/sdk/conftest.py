"""SDKs block, so the emulator they talk to runs on a thread; each test has a world of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.testing.emulator import Emulator, running
from tests.support import APPID, SECRET


@pytest.fixture(scope="session")
def sdk_server() -> Iterator[Emulator]:
    """One emulator for all SDKs."""
    with running() as emulator:
        yield emulator


@pytest.fixture
def wechat(sdk_server: Emulator, request: pytest.FixtureRequest) -> Emulator:
    """A world with one declared app."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:64]
    emulator = sdk_server.in_world(name)
    emulator.client.put_app(APPID, secret=SECRET)
    return emulator
