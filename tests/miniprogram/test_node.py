"""The JavaScript half's own tests, on Node, against an emulator that this test starts."""

from __future__ import annotations

import re
from pathlib import Path

from emulator.miniprogram import FOLDER
from emulator.testing.emulator import running
from tests.docs.pages import ROOT
from tests.reach.support import clean, need, run
from tests.reference_javascript import MODULES, common_js

HERE = Path(__file__).parent
MOST_LINES, WIDEST = 560, 120


def test_the_tests_on_node_pass() -> None:
    need("node")
    with running() as emulator:  # of their own: they make a world each
        environment = clean(WECHAT_EMULATOR_URL=emulator.url)
        done = run("node", "--test", *sorted(HERE.glob("*.test.mjs")), env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = re.search(r"^\S+ pass (\d+)$", done.stdout, re.MULTILINE)
    assert ran, done.stdout
    assert int(ran[1]) > 60


def test_the_common_js_face_is_fresh() -> None:
    for name in MODULES:
        assert (FOLDER / f"{name}.cjs").read_text("utf-8") == common_js(name), "run make docs"


def test_it_depends_on_nothing() -> None:
    for file in FOLDER.glob("*.js"):
        text = file.read_text("utf-8")
        asked = re.findall(r"^import .* from '(.+)';", text, re.MULTILINE)
        assert all(each.startswith(("node:", "./")) for each in asked)


def test_each_file_can_be_read_in_one_go() -> None:
    for file in FOLDER.glob("*.js"):
        lines = file.read_text("utf-8").splitlines()
        assert len(lines) <= MOST_LINES, file.name
        assert [line for line in lines if len(line) > WIDEST] == []


def test_the_npm_package_has_the_version_of_the_python_package() -> None:
    [version] = re.findall(
        r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert f'"version": "{version}"' in (FOLDER / "package.json").read_text("utf-8")
