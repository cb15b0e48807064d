"""The npm package, installed from its tarball into somebody else's project: Jest, types."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from emulator.miniprogram import FOLDER
from emulator.testing.emulator import Emulator
from tests.docs.toolbox import node_modules
from tests.reach.support import clean, need, run

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def tools() -> Path:
    """The node_modules with Jest, tsc and WeChat's typings."""
    return node_modules(HERE / "package.json")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has the package."""
    need("npm")
    folder = tmp_path_factory.mktemp("npm") / "project"
    shutil.copytree(HERE / "consumer", folder)
    (folder / "package.json").write_text('{"private": true}')
    npm("pack", FOLDER, "--pack-destination", folder.parent)
    [tarball] = folder.parent.glob("*.tgz")
    npm("install", "--prefix", folder, "--offline", "--no-audit", "--no-fund", tarball)
    return folder


def npm(*arguments: str | Path) -> None:
    done = run("npm", *arguments)
    assert done.returncode == 0, done.stderr


def test_jest_gets_a_code_that_a_server_can_exchange(
    project: Path, tools: Path, wechat_emulator: Emulator
) -> None:
    config = {"rootDir": str(project), "setupFiles": ["<rootDir>/jest.setup.js"]}
    done = run(
        "node", "--experimental-vm-modules", tools / "jest/bin/jest.js",
        "--config", json.dumps(config), "--ci", "--no-cache",
        env=clean(WECHAT_EMULATOR_URL=wechat_emulator.url),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "3 passed" in done.stderr
    wechat_emulator.assert_called("jscode2session", user="alice", times=1)


def compiled(project: Path, tools: Path, file: str, *types: str) -> str:
    """What tsc says of the file, with these packages' global types."""
    options = {
        "strict": True, "noEmit": True, "lib": ["es2022"], "module": "nodenext",
        "typeRoots": [str(tools)], "types": types,
    }  # fmt: skip
    config = project / "tsconfig.json"
    config.write_text(json.dumps({"compilerOptions": options, "files": [file]}))
    return run("node", tools / "typescript/bin/tsc", "--project", config).stdout


def test_its_types_fit_those_of_wechat(project: Path, tools: Path) -> None:
    assert compiled(project, tools, "types.ts", "miniprogram-api-typings") == ""


def test_its_types_need_no_others(project: Path, tools: Path) -> None:
    assert compiled(project, tools, "untyped.ts") == ""


def test_every_function_is_one_of_wechats(project: Path, tools: Path) -> None:
    script = "import('wechat-emulator').then((m) => console.log(Object.keys(m.createWx()).join()))"
    (project / "names.cjs").write_text(script)
    names = run("node", project / "names.cjs").stdout.strip().split(",")
    assert len(names) > 60
    lines = f"export const names: (keyof WechatMiniprogram.Wx)[] = {json.dumps(names)};\n"
    (project / "names.ts").write_text(lines)
    assert compiled(project, tools, "names.ts", "miniprogram-api-typings") == ""
