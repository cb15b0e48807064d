"""Node's road to an emulator: a preload that turns its sockets, since few clients heed a proxy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import json

from ..core.hosts import WECHAT_HOSTS

PRELOAD = Path(__file__).with_name("node_preload.cjs")
TARGETS = "WECHAT_API_REDIRECT"
"""The variable from which the preload learns where to go."""


def variables(inherited: Mapping[str, str], *, plain: str, secured: str) -> dict[str, str]:
    """What makes Node's connections to WeChat's ports 80 and 443 come to these two URLs."""
    before = inherited.get("NODE_OPTIONS", "")
    return {
        "NODE_OPTIONS": f"{before} --require {_quoted(str(PRELOAD))}".strip(),
        TARGETS: _targets({80: plain, 443: secured}),
    }


def _targets(urls: Mapping[int, str]) -> str:
    parts = {port: urlsplit(url) for port, url in urls.items()}
    pairs = {
        f"{host}:{port}": (parts[port].hostname, parts[port].port)
        for host in WECHAT_HOSTS
        for port in urls
    }
    return json.encode(pairs).decode()


def _quoted(path: str) -> str:
    """As NODE_OPTIONS wants it. Node before 12 knows no quotes, so only where they are needed."""
    if re.fullmatch(r"[\w./:@+-]+", path):
        return path
    return '"' + re.sub(r'(["\\])', r"\\\1", path) + '"'
