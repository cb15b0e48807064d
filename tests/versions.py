"""Which releases a run is with: what fails may hang on one of them."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

PYPROJECT: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / "pyproject.toml").read_text()
)


def wanted(*groups: str) -> list[Requirement]:
    """What the package and these groups of pyproject.toml name."""
    listed = PYPROJECT["dependency-groups"]
    lists = [PYPROJECT["project"]["dependencies"], *(listed[group] for group in groups)]
    texts = [text for each in lists for text in each]
    return [Requirement(text) for text in texts]


def shown() -> str:
    """The environment's name and the release of each thing the tests need."""
    return f"{Path(sys.prefix).name}: " + ", ".join(_shown(each.name) for each in wanted("test"))


def _shown(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"
