"""wechat-emulator: WeChat's login API, offline, for tests.

The public names are these; all else may change. They are imported when first used, because the
pytest plugin lives in this package and must cost nothing when it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .testing.client import Client, ClientError
    from .testing.emulator import Emulator, running

__all__ = ["Client", "ClientError", "Emulator", "running"]

_HOME = {"Client": "client", "ClientError": "client", "Emulator": "emulator", "running": "emulator"}


def __getattr__(name: str) -> object:
    """Import a public name when it is asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".testing.{_HOME[name]}", __name__), name)
