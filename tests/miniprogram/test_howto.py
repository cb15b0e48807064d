"""The page docs/howto/mini-program.md does what it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from emulator.testing.emulator import Emulator
from tests.docs.pages import HOWTO, ROOT
from tests.docs.toolbox import tools
from tests.miniprogram.test_command import play
from tests.process import run as run_command
from tests.reach.support import clean, need, run

PAGE = (HOWTO / "mini-program.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SETUP, SCRIPTED, WHOLE = (text for kind, text in BLOCKS if kind == "js")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with what the page has one write."""
    need("node")
    printed = run_command("miniprogram", "--print", "cjs").stdout
    (tmp_path / "wx.cjs").write_text(printed, "utf-8")
    (tmp_path / "jest.setup.cjs").write_text(SETUP, "utf-8")
    return tmp_path


def test_the_set_up_gives_a_code(project: Path, wechat_emulator: Emulator) -> None:
    (project / "log_in.cjs").write_text(
        "require('./jest.setup.cjs');\n"
        "wx.login({ success: ({ code }) => process.stdout.write(code) });\n"
    )
    environment = clean(WECHAT_EMULATOR_URL=wechat_emulator.url)
    assert len(run("node", project / "log_in.cjs", env=environment).stdout) == 32


def test_the_script_is_one(project: Path, wechat_emulator: Emulator) -> None:
    (project / "script.cjs").write_text(
        "const { createWx } = require('./wx.cjs');\n"
        f"const wx = {SCRIPTED}\n"
        "wx.login({ fail: ({ errMsg }) => wx.showModal({ success: ({ cancel }) =>"
        " process.stdout.write(`${errMsg} ${cancel}`) }) });\n"
    )
    environment = clean(WECHAT_EMULATOR_URL=wechat_emulator.url)
    done = run("node", project / "script.cjs", env=environment)
    assert done.stdout == "login:fail timeout true"


def test_a_whole_mini_program_is_driven(tmp_path: Path, wechat_emulator: Emulator) -> None:
    need("npm")
    wechat_emulator.client.put_user("alice", phone="13800138000")
    shutil.copytree(ROOT / "examples" / "miniprogram", tmp_path / "src")
    (tmp_path / "package.json").write_text('{"private": true}')
    [command] = re.findall(r"`npm install (\".*?\")`", PAGE)
    folder = run(
        "sh", "-c", f"echo {command}", env=clean(PYTHONPATH=str(ROOT), PATH=tools(tmp_path / "bin"))
    ).stdout.strip()
    install = ["npm", "install", "--prefix", str(tmp_path), "--offline", "--no-audit", folder]
    assert run(*install).returncode == 0
    answer = '(_, response) => response.end(\'{"token": "t", "phone": "13800138000"}\')'
    program = WHOLE.replace("'http://127.0.0.1:5000'", "url").replace(
        "'src'", "new URL('src', import.meta.url).pathname"
    )
    (tmp_path / "drive.mjs").write_text(
        "import assert from 'node:assert';\nimport http from 'node:http';\n"
        f"const server = http.createServer({answer});\n"
        "await new Promise((listening) => server.listen(0, '127.0.0.1', listening));\n"
        "const url = `http://127.0.0.1:${server.address().port}`;\n"
        f"{program}\nserver.close();\n"
    )
    done = run("node", tmp_path / "drive.mjs", env=clean(WECHAT_EMULATOR_URL=wechat_emulator.url))
    assert done.returncode == 0, done.stderr


def test_the_command_at_its_top_runs(wechat_emulator: Emulator) -> None:
    """Without the developer's server, so that its request fails; the mini program goes on."""
    need("node")
    [command] = re.findall(r"wechat-emulator miniprogram (examples.*?)\n```", PAGE, re.DOTALL)
    place, *flags = command.replace("\\\n", " ").replace("'", "").replace(":8080", ":1").split()
    lines, _ = play(wechat_emulator, ROOT / place, *flags)
    assert [line.split()[0] for line in lines] == [
        "wx.login", "wx.request", "wx.showToast", "wx.getPhoneNumber", "wx.request",
    ]  # fmt: skip
