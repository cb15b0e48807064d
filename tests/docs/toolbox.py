"""What the documentation's commands need: programs under their names, npm packages."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.reach.support import need

PACKAGES = Path(__file__).with_name("package.json")
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "wechat-emulator", "npm")


def node_modules(packages: Path = PACKAGES) -> Path:
    """The folder of the packages in a package.json; only the first time on a machine takes long."""
    need("npm")
    folder = _CACHE / hashlib.sha256(packages.read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _install(packages, folder)
    return folder / "node_modules"


def _install(packages: Path, folder: Path) -> None:
    shutil.copy(packages, folder)
    command = ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"npm install: {done.stderr}"
    (folder / "done").touch()


def tools(folder: Path) -> str:
    """A PATH on which the commands of the documentation are ours."""
    folder.mkdir()
    program(folder / "wechat-emulator", f'exec {sys.executable} -m emulator "$@"')
    program(folder / "python", f'exec {sys.executable} "$@"')
    program(folder / "sudo", 'exec "$@"')
    return f"{folder}:{os.environ['PATH']}"


def program(path: Path, text: str) -> None:
    """A shell script that can be started."""
    path.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
