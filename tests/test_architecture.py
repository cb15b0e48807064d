"""The house rules of the source, and the proof that breaking one is noticed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import emulator
from tests.architecture import function_lengths, module_lengths, sleeps

PACKAGE = Path(emulator.__file__).parent
TESTS = Path(__file__).parent
LONGEST_MODULE = 400


def test_modules_are_short() -> None:
    lengths = module_lengths(PACKAGE)
    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    lengths = sorted(function_lengths(PACKAGE))
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] <= 25


def test_no_test_sleeps() -> None:
    files = set(TESTS.rglob("*.py")) - {TESTS / "soak.py"}  # a long run, by design
    assert [found for path in files for found in sleeps(path)] == []


PLANTED_IMPORTS = [
    ("core/entities.py", "from ..wechat.codes import mint", "A floor imports"),
    ("core/entities.py", "from ..wechat import codes", "A floor imports"),
    ("core/entities.py", "import emulator.wechat.codes", "A floor imports"),
    ("wechat/codes.py", "def f():\n from emulator.http.server import x", "A floor imports"),
    ("wechat/apps.py", "from .codes import find", "Nothing imports in a circle"),
    ("wechat/endpoints/token.py", "from . import stable_token", "What is dropped into a folder"),
    ("rules/effects/body.py", "from .close import Close", "What is dropped into a folder"),
    ("wechat/codes.py", "import aiohttp.web", "Only http/ knows aiohttp"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the configuration of its linters."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(
        PACKAGE, folder / "emulator", ignore=shutil.ignore_patterns("__pycache__", "shipped*")
    )
    shutil.copy(TESTS.parent / "pyproject.toml", folder)
    return folder


LINT_IMPORTS = ["-c", "from importlinter.cli import lint_imports_command as run; run()"]


def lint_with(house: Path, module: str, text: str, *command: str) -> str:
    """What a linter says while the text stands at the end of the module."""
    path = house / "emulator" / module
    before = path.read_text()
    path.write_text(before + "\n" + text + "\n")
    try:
        done = subprocess.run([sys.executable, *command], cwd=house, capture_output=True, text=True)
    finally:
        path.write_text(before)
    assert done.returncode, done.stdout
    return done.stdout + done.stderr


@pytest.mark.parametrize(("module", "text", "contract"), PLANTED_IMPORTS)
def test_a_planted_import_is_found(house: Path, module: str, text: str, contract: str) -> None:
    report = lint_with(house, module, text, *LINT_IMPORTS, "--no-cache")
    assert contract in report[report.index("Broken contracts") :]


@pytest.mark.parametrize(
    "text",
    [
        "from time import monotonic",
        "import random",
        "import os\nx = os.environ['HOME']",
        "from os import environ",
        "from datetime import datetime\ndatetime.now()",
    ],
)
def test_time_chance_and_environment_come_through_their_doors(house: Path, text: str) -> None:
    ruff = ["-m", "ruff", "check", "--no-cache", "emulator/wechat/codes.py"]
    report = lint_with(house, "wechat/codes.py", text, *ruff)
    assert "TID251" in report


@pytest.mark.parametrize(
    ("text", "lines"),
    [("import time\ntime.sleep(1)", 1), ("asyncio.sleep(0)", 0), ("asyncio.sleep(0.1)", 1)],
)
def test_a_sleep_is_found(tmp_path: Path, text: str, lines: int) -> None:
    (tmp_path / "test_x.py").write_text(text)
    assert len(sleeps(tmp_path / "test_x.py")) == lines
