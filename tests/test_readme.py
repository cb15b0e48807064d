"""Every block of the READMEs runs and prints what it says it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.testing.client import Client
from emulator.testing.emulator import running
from tests.process import READY, started

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh-CN.md"]
# What differs from run to run: a rid and the clock.
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}|\d{4}-\d\d-\d\dT[\d:.]+Z")


def blocks(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


@pytest.fixture
def path_with_the_command(tmp_path: Path) -> str:
    script = tmp_path / "wechat-emulator"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m emulator "$@"\n', encoding="ascii")
    script.chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


@pytest.fixture
def environment_of_its_own(tmp_path: Path) -> dict[str, str]:
    """A new virtual environment that has our dependencies already, and no network."""
    venv.create(tmp_path / "venv", with_pip=True)
    [packages] = (tmp_path / "venv").glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return {
        "PATH": f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": "",
        "PIP_QUIET": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's word for: without
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def test_the_two_commands_install_it_and_start_it(environment_of_its_own: dict[str, str]) -> None:
    for readme in READMES:
        assert blocks(readme, "sh")[0].split()[:3] == ["pip", "install", "."]
    [block, *_] = blocks("README.md", "sh")
    script = re.sub("^wechat-emulator", "exec wechat-emulator", block, flags=re.MULTILINE)
    command = ["bash", "-ec", f'cd "{ROOT}"\n{script}']
    with started(command, **environment_of_its_own) as process:
        assert process.first_line.startswith(READY)
        assert Client(process.url).login()
        process.stop()


@pytest.mark.parametrize("readme", READMES)
def test_the_login_in_thirty_seconds_prints_what_it_says(
    readme: str, path_with_the_command: str
) -> None:
    (block,) = blocks(readme, "console")
    with running() as emulator:
        steps = list(commands(block.replace("http://127.0.0.1:8480", emulator.url)))
        script = "".join(f"{command}\nprintf '\\0'\n" for command, _ in steps)
        done = subprocess.run(
            ["bash", "-c", script],
            env={**os.environ, "PATH": path_with_the_command},
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    # WeChat's bodies end without a newline, headers with \r\n: a terminal shows neither.
    printed = done.stdout.replace("\r", "").split("\0")[:-1]
    shown = [(command, VARYING.sub("…", output.strip())) for command, output in steps]
    assert shown == [
        (command, VARYING.sub("…", text.strip()))
        for (command, _), text in zip(steps, printed, strict=True)
    ]


@pytest.mark.parametrize("readme", READMES)
def test_the_ten_line_test_passes(readme: str, pytester: pytest.Pytester) -> None:
    (block,) = blocks(readme, "python")
    pytester.makepyfile(block)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_both_languages_show_the_same_blocks() -> None:
    for language in ("console", "python"):
        english, chinese = (
            [re.sub(r"^\$ # .*\n", "", block, flags=re.MULTILINE) for block in blocks(r, language)]
            for r in READMES
        )
        assert english == chinese
