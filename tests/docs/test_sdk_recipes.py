"""Every recipe of docs/howto/sdk that claims to run logs a user in, as it stands in the page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from emulator.testing.emulator import Emulator, running
from tests.docs.pages import HOWTO, sections
from tests.docs.toolbox import PACKAGES, node_modules
from tests.process import COMMAND, clean_environment
from tests.reach.support import need

PAGES = sorted((HOWTO / "sdk").glob("*.md"))
APPID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"

CALL_PYTHON = """
import asyncio, inspect, sys
openid = login(sys.argv[1])
print(asyncio.run(openid) if inspect.iscoroutine(openid) else openid)
"""
CALL_NODE = """
console.log(await login(process.argv[2]));
process.exit();
"""
CALL_JAVA = """
class Main {
    public static void main(String[] arguments) throws Exception {
        System.out.println(WeChat.login(arguments[0]));
    }
}
"""


def python(recipe: str, folder: Path) -> list[str]:
    file = folder / "recipe.py"
    file.write_text(recipe + CALL_PYTHON, encoding="utf-8")
    return [sys.executable, str(file)]


def node(recipe: str, folder: Path) -> list[str]:
    (folder / "node_modules").symlink_to(node_modules())
    file = folder / "recipe.mjs"
    file.write_text(recipe + CALL_NODE, encoding="utf-8")
    return ["node", str(file)]


def java(recipe: str, folder: Path) -> list[str]:
    need("javac")
    files = {"WeChat.java": recipe, "Main.java": CALL_JAVA}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    subprocess.run(["javac", "-d", ".", *files], cwd=folder, check=True)
    return ["java", "-cp", str(folder), "Main"]


Language = Callable[[str, Path], list[str]]
"""Writes a recipe into a folder; the command that calls its `login` with the code that follows."""

LANGUAGES: dict[str, Language] = {"python": python, "js": node, "java": java}


def recipes(*, hard_coded: bool) -> Iterator[ParameterSet]:
    for page in PAGES:
        for section in sections(page):
            if section.was_only_read or hard_coded != bool(section.blocks("sh")):
                continue
            for language, command in LANGUAGES.items():
                for number, code in enumerate(section.blocks(language), 1):
                    name = f"{language}: {section.title} {number}"
                    yield pytest.param(command, code, *section.blocks("sh"), id=name)


def run(command: list[str], folder: Path, **variables: str) -> str:
    """What the recipe prints: the openid, or all that WeChat said."""
    given = {"WECHAT_APPID": APPID, "WECHAT_SECRET": SECRET} | variables
    done = subprocess.run(
        command,
        env=clean_environment(given),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with running() as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator, tmp_path: Path) -> Emulator:
    """A world, so that a recipe that loses the path of its base URL fails."""
    emulator = server.in_world(tmp_path.name)
    emulator.client.put_app(APPID, secret=SECRET)
    return emulator


@pytest.mark.parametrize(("command", "code"), list(recipes(hard_coded=False)))
def test_the_recipe_logs_alice_in(
    command: Language, code: str, emulator: Emulator, tmp_path: Path
) -> None:
    recipe = [*command(code, tmp_path), emulator.login("alice", appid=APPID)]
    printed = run(recipe, tmp_path, WECHAT_API_BASE_URL=emulator.url)
    assert emulator.client.user("alice")["openids"][APPID] in printed
    emulator.assert_called("jscode2session", user="alice", times=1)


@pytest.mark.parametrize(("command", "code", "shell"), list(recipes(hard_coded=True)))
def test_the_unchanged_program_logs_alice_in(
    command: Language, code: str, shell: str, emulator: Emulator, tmp_path: Path
) -> None:
    launcher, arguments, _ = re.split(r"(?<=^wechat-emulator) (.* --) ", shell)
    assert launcher == "wechat-emulator"
    recipe = [*COMMAND, *arguments.split(), *command(code, tmp_path), "emu.alice"]
    emulator.login("alice", appid=APPID)
    # The same seed in another server: alice is who she is.
    assert emulator.client.user("alice")["openids"][APPID] in run(recipe, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_not_run_says_so(page: Path) -> None:
    for section in sections(page)[1:]:
        shown = section.blocks("go", "java", "php", "csharp")
        runs = section.blocks("python", "js") or "java.net.http" in section.text
        assert not shown or runs or section.was_only_read, f"{page.name}: {section.title}"


def test_the_npm_versions_in_the_table_are_those_that_run() -> None:
    table = (HOWTO / "sdk" / "README.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| \[([\w-]+)\].*?\) \| (\d[\d.]+) \|", table, re.MULTILINE))
    run = json.loads(PACKAGES.read_text(encoding="utf-8"))["dependencies"]
    assert {name: said[name] for name in run if name != "axios"} | {"axios": run["axios"]} == run
