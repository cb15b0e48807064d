"""What people install is the wheel, not the checkout: it must carry everything and run alone."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


def hatch(target: str, source: Path, destination: Path) -> Path:
    """The built distribution. By the build backend alone: no network, no environment to make."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(destination)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    [built] = destination.iterdir()
    return built


def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def sources(folder: str) -> set[str]:
    """Every file below the folder that a person wrote."""
    found = (path for path in (CHECKOUT / folder).rglob("*") if path.is_file())
    return {
        path.relative_to(CHECKOUT).as_posix() for path in found if "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hatch("wheel", CHECKOUT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the checkout with the wheel; its dependencies are found where they are."""
    site = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True)
    return site


def run_installed(site: Path, *command: str) -> str:
    """What a command prints that finds the installed package before the checkout."""
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run(
        command, cwd=site, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_wheel_carries_every_file_of_the_package(wheel: Path) -> None:
    assert "emulator/py.typed" in names(wheel)
    assert sources("emulator") <= names(wheel)


def test_the_scenarios_travel_inside_the_package(wheel: Path) -> None:
    moved = {
        name.replace("scenarios/", "emulator/shipped_scenarios/", 1)
        for name in sources("scenarios")
    }
    assert moved
    assert moved <= names(wheel)


def test_nothing_but_the_package_is_installed(wheel: Path) -> None:
    folders = {name.partition("/")[0] for name in names(wheel)}
    assert folders == {"emulator", f"wechat_emulator-{PROJECT['version']}.dist-info"}


def test_the_installed_package_says_its_version(installed: Path) -> None:
    where = run_installed(
        installed, sys.executable, "-c", "import emulator; print(emulator.__file__)"
    )
    assert Path(where).is_relative_to(installed), "the checkout was tested, not the wheel"
    said = run_installed(installed, sys.executable, "-m", "emulator", "--version")
    assert PROJECT["version"] in said


def test_the_installed_command_is_the_same(installed: Path) -> None:
    command = run_installed(installed, str(installed / "bin/wechat-emulator"), "--version")
    module = run_installed(installed, sys.executable, "-m", "emulator", "--version")
    assert command == module


def test_a_wheel_made_from_the_source_distribution_is_the_same(wheel: Path, tmp_path: Path) -> None:
    archive = hatch("sdist", CHECKOUT, tmp_path / "sdist")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    wheels = ["--no-build-isolation", "--wheel-dir", str(tmp_path / "wheel")]
    subprocess.run([*pip, *wheels, str(archive)], check=True)
    [again] = (tmp_path / "wheel").iterdir()
    assert names(again) == names(wheel)
