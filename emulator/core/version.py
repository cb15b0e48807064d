"""The installed version; its literal is in pyproject.toml."""

from __future__ import annotations

from functools import cache


@cache
def version() -> str:
    """The version of the installed distribution."""
    from importlib import metadata  # costs as much as a third of our own modules

    try:
        return metadata.version("wechat-emulator")
    except metadata.PackageNotFoundError:  # run from a checkout that nobody installed
        return "0+unknown"
