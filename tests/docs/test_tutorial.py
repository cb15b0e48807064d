"""The tutorial, followed literally: its servers, its commands, its test file."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Section, sections
from tests.docs.toolbox import tools
from tests.reach.support import clean, need, need_namespaces, run

PAGE = {section.title: section for section in sections(ROOT / "docs" / "tutorial.md")}
BY_HAND = {
    "2. Start the emulator": 8480,
    "3. Point the backend at it": 8080,
    "4. Log in by hand": 0,
}
STARTS_A_SERVER = re.compile(r"^(wechat-emulator|python \S+)\Z", re.MULTILINE)

IN_ITS_OWN_NETWORK = """
ip link set lo up
trap 'kill $(jobs -p)' EXIT
answers() { timeout 20 bash -c "until curl -s -o /dev/null $1; do :; done"; }
"""


def shell(section: Section, port: int) -> str:
    """The section's commands; a server goes to the background, as into a terminal of its own."""
    blocks = [block.rstrip() for block in section.blocks("sh")]
    background = f" &\nanswers localhost:{port}\n"
    return "".join(b + (background if STARTS_A_SERVER.search(b) else "\necho\n") for b in blocks)


def test_the_steps_by_hand_say_what_the_page_says(tmp_path: Path) -> None:
    need("curl")
    need("ip")
    need_namespaces()
    steps = "".join(shell(PAGE[title], port) for title, port in BY_HAND.items())
    script = f"cd {ROOT}\n{IN_ITS_OWN_NETWORK}{steps}"
    environment = clean(PYTHONPATH=str(ROOT), PATH=tools(tmp_path / "tools"))
    done = run("unshare", "--net", "bash", "-euc", script, env=environment)
    printed = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert "wechat-emulator ready: http://127.0.0.1:8480" in printed
    assert sum(line.startswith('{"token": ') for line in printed) == 1, done.stdout
    assert '{"error": "call wx.login again"}' in printed
    assert "40029: the code ended 1 s ago (codes live 300 s)" in done.stderr


def test_its_test_file_passes(pytester: pytest.Pytester) -> None:
    section = PAGE["5. Write the tests"]
    [code], [command] = section.blocks("python"), section.blocks("sh")
    shutil.copytree(ROOT / "examples", pytester.path / "examples")
    (pytester.path / "test_login.py").write_text(code, encoding="utf-8")
    program, *arguments = shlex.split(command)
    assert program == "pytest"
    pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments).assert_outcomes(passed=3)
