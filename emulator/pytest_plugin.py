"""The pytest plugin under its public name, for `-p emulator.pytest_plugin`."""

from __future__ import annotations

from .testing.pytest_plugin import *  # noqa: F403  # pytest looks for whatever stands there
from .testing.pytest_plugin import pytest_configure as pytest_configure
