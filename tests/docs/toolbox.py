"""Programs that are not Python's: found, or a loud skip; npm packages, installed once a machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = Path(__file__).with_name("package.json")
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "wechat-emulator", "npm")


def needs(*programs: str) -> None:
    """Skip the test without one of these programs; in CI that is a failure."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing and os.environ.get("CI"):
        pytest.fail(f"CI has to have {' and '.join(missing)}: see `packages` in .ci/run")
    if missing:
        pytest.skip(f"NOT TESTED: no {' and no '.join(missing)} on this machine")


def node_modules() -> Path:
    """The folder of the packages in package.json; only the first time on a machine takes long."""
    needs("node", "npm")
    folder = _CACHE / hashlib.sha256(PACKAGES.read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _install(folder)
    return folder / "node_modules"


def _install(folder: Path) -> None:
    shutil.copy(PACKAGES, folder)
    command = ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"npm install: {done.stderr}"
    (folder / "done").touch()
