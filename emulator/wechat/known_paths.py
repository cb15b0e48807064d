"""The paths that WeChat has, answered here or not: for hints, and to find a misspelt one."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def known_paths() -> frozenset[str]:
    """Every path that WxJava and silenceper/wechat call; read when the first hint needs them."""
    return frozenset(Path(__file__).with_suffix(".txt").read_text("utf-8").split())
