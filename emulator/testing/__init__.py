"""The emulator inside a test run.

from emulator.testing import running

with running() as emulator:
    backend = Backend(wechat_base_url=emulator.url)
    backend.login(emulator.login("alice"))
    emulator.assert_called("jscode2session", times=1)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .emulator import Emulator, ServerThread, running

__all__ = ["Emulator", "ServerThread", "running"]


def __getattr__(name: str) -> object:
    """Import a public name when it is asked for: the pytest plugin beside it must cost nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import emulator

    return getattr(emulator, name)
