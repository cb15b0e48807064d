"""The mini program's half in JavaScript, as files, and how Python starts it on Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SOURCES = ("wx.js", "wx.cjs", "wx.d.ts", "miniprogram.js", "miniprogram.cjs", "miniprogram.d.ts")
"""What a test set-up may copy: an ES module, the same for `require`, its types; twice."""
_SERVED_BELOW = "/_emulator/"
_OLDEST_NODE = 18


class NodeError(Exception):
    """Node is not there, or too old."""


def read_source(name: str) -> str:
    """The text of one of SOURCES."""
    return (FOLDER / name).read_text("utf-8")


def served_at(path: str) -> bytes:
    """The file that the emulator answers with at `/_emulator/wx.js` and its like; else nothing."""
    name = path.removeprefix(_SERVED_BELOW)
    return read_source(name).encode() if name != path and name in SOURCES else b""


def play(options: Mapping[str, Any], *, capture: bool) -> subprocess.CompletedProcess[str]:
    """Run a mini program to its end, with the options of `createMiniProgram` and of run.js."""
    # By stdin, because everybody on the machine sees the arguments, and there may be a token.
    return subprocess.run(  # noqa: S603  # node, and a file of ours
        [_find_node(), str(FOLDER / "run.js")],
        input=json.dumps(options),
        capture_output=capture,
        encoding="utf-8",
        check=False,
    )


def read_servers(pairs: tuple[str, ...]) -> dict[str, str]:
    """`https://test.com=http://127.0.0.1:5000` as a mapping; ValueError for anything else."""
    found = {}
    for pair in pairs:
        seen, equals, target = pair.partition("=")
        if not (equals and "://" in seen and "://" in target):
            raise ValueError(f"expected https://DOMAIN=URL-OF-YOUR-SERVER, got {pair!r}")
        found[seen] = target
    return found


def _find_node() -> str:
    node = shutil.which("node")
    wanted = f"a mini program runs on Node {_OLDEST_NODE} or later (https://nodejs.org)"
    if node is None:
        raise NodeError(f"{wanted}, and no `node` is on PATH")
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = re.match(r"v(\d+)\.", done.stdout)
    if number is None or int(number[1]) < _OLDEST_NODE:
        raise NodeError(f"{wanted}; {node} is {done.stdout.strip() or 'of no version'}")
    return node
