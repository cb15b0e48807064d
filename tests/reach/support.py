"""Starting programs that hard-code WeChat's host, unmodified, as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import jscode2session

PROGRAMS = Path(__file__).parent / "programs"
LOGIN_URL = "https://api.weixin.qq.com" + jscode2session(js_code="emu.alice")
"""Always logs alice in: the code carries its own script."""
EMULATOR = [sys.executable, "-m", "emulator"]


def run(
    *command: str | Path, input: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The finished command, with what it printed."""
    return subprocess.run(
        list(map(str, command)),
        input=input,
        env=env or clean(),
        capture_output=True,
        text=True,
        timeout=60,
    )


def clean(**more: str) -> dict[str, str]:
    """This process's environment without proxies and certificates of the machine's own."""
    mine = ("PROXY", "CERT", "CA_BUNDLE", "JAVA_TOOL", "WECHAT")
    kept = {k: v for k, v in os.environ.items() if not any(word in k.upper() for word in mine)}
    return kept | more


def need(tool: str) -> None:
    """Skip without the tool; where CI promises it, fail."""
    if shutil.which(tool) is None:
        _lacking(f"{tool} is not on PATH")


def need_namespaces() -> None:
    """Skip where no mount and network namespace may be made."""
    done = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, text=True)
    if done.returncode:
        _lacking(f"this user may not unshare: {done.stderr.strip()}")


def _lacking(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI has to have it: {what}")
    pytest.skip(f"NOT TESTED, {what}")
