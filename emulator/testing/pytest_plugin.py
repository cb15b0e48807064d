"""Fixtures for pytest, found by the `pytest11` entry point.

Importing this module imports nothing else of ours: whoever does not use the fixtures pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .emulator import Emulator, ServerThread

_MARKER = (
    "wechat_emulator(scenario): start this test's world from a scenario: a file, a shipped one's "
    "name, YAML text or a mapping"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, also under --strict-markers."""
    config.addinivalue_line("markers", _MARKER)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Import the server if a test uses it, before a fixture freezes time.

    Under freezegun `datetime.datetime` is another class, and what is imported there keeps it.
    """
    if any("wechat_emulator_server" in getattr(i, "fixturenames", ()) for i in session.items):
        from . import emulator  # noqa: F401  # for the fixture below


@pytest.fixture(scope="session")
def wechat_emulator_settings() -> dict[str, Any]:
    """Settings of the server; override it in conftest.py: `{"scenario": "tests/wechat.yaml"}`."""
    return {}


@pytest.fixture(scope="session")
def wechat_emulator_server(wechat_emulator_settings: dict[str, Any]) -> Iterator[ServerThread]:
    """The one server of this test run (of this worker under pytest-xdist)."""
    from .emulator import ServerThread

    server = ServerThread(wechat_emulator_settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _wechat_emulator_numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def wechat_emulator(
    request: pytest.FixtureRequest,
    wechat_emulator_server: ServerThread,
    _wechat_emulator_numbers: Iterator[int],
) -> Iterator[Emulator]:
    """A world of this test's own, gone when the test is over."""
    emulator = wechat_emulator_server.emulator(f"test-{next(_wechat_emulator_numbers)}")
    marker = request.node.get_closest_marker("wechat_emulator")
    if marker:
        emulator.load(_scenario_of(marker))
    yield emulator
    # pytest shows it below the test's traceback, and only if the test has failed.
    request.node.add_report_section("teardown", "WeChat calls", emulator.report())
    emulator.client.delete_world(emulator.world)


def _scenario_of(marker: pytest.Mark) -> Any:
    if len(marker.args) + len(marker.kwargs) == 1 and set(marker.kwargs) <= {"scenario"}:
        return (*marker.args, *marker.kwargs.values())[0]
    raise pytest.UsageError(
        "@pytest.mark.wechat_emulator takes one scenario, "
        f"got {', '.join([*map(repr, marker.args), *marker.kwargs]) or 'nothing'}"
    )
