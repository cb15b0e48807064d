"""The house rules of the source, and the proof that breaking one is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

import emulator
from tests.architecture import complaints, function_lengths, sleeps

PACKAGE = Path(emulator.__file__).parent
TESTS = Path(__file__).parent


def test_the_package_keeps_the_house_rules() -> None:
    assert complaints(PACKAGE) == []


def test_functions_are_short() -> None:
    lengths = sorted(function_lengths(PACKAGE))
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] <= 25


def test_no_test_sleeps() -> None:
    assert [found for path in TESTS.rglob("*.py") for found in sleeps(path)] == []


GOOD = {
    "__init__.py": "from .server import run",
    "errors.py": "import re",
    "clock.py": "import time",
    "settings.py": "import os\nos.environ",
    "codes.py": "from .errors import WeChatError\nfrom . import apps",
    "apps.py": "",
    "endpoints/__init__.py": "from ..errors import WeChatError",
    "endpoints/one.py": "from . import endpoint\nfrom .. import codes",
    "endpoints/two.py": "from ..codes import find",
    "server.py": "from aiohttp import web\nfrom .endpoints import load",
}

PLANTED = [
    ("errors.py", "from .codes import mint", "errors imports codes, which stands above it"),
    ("errors.py", "from . import codes", "errors imports codes, which stands above it"),
    ("errors.py", "from emulator.codes import x", "errors imports codes, which stands above it"),
    ("codes.py", "def f():\n from .server import x", "codes imports server, which stands above"),
    ("apps.py", "from .codes import find", "import circle: "),
    ("endpoints/two.py", "from .one import x", "endpoints.two imports its sibling endpoints.one"),
    ("endpoints/two.py", "from . import one", "endpoints.two imports its sibling endpoints.one"),
    ("codes.py", "import aiohttp.web", "codes imports aiohttp"),
    ("codes.py", "from time import monotonic", "codes uses time"),
    ("codes.py", "import random", "codes uses random"),
    ("codes.py", "import os\nx = os.environ['HOME']", "codes uses os.environ"),
    ("codes.py", "from os import environ", "codes uses os.environ"),
    ("codes.py", "from datetime import datetime\ndatetime.now()", "codes uses datetime.now"),
    ("codes.py", "\n" * 401, "codes.py has 401 lines, more than 400"),
    ("mystery.py", "", "mystery stands in no layer"),
]


def plant(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def test_a_good_package_has_no_complaint(tmp_path: Path) -> None:
    assert complaints(plant(tmp_path, GOOD)) == []


@pytest.mark.parametrize(("name", "text", "complaint"), PLANTED)
def test_a_planted_fault_is_found(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    package = plant(tmp_path, GOOD | {name: text})
    assert [found for found in complaints(package) if found.startswith(complaint)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [("import time\ntime.sleep(1)", 1), ("asyncio.sleep(0)", 0), ("asyncio.sleep(0.1)", 1)],
)
def test_a_sleep_is_found(tmp_path: Path, text: str, lines: int) -> None:
    (tmp_path / "test_x.py").write_text(text)
    assert len(sleeps(tmp_path / "test_x.py")) == lines
