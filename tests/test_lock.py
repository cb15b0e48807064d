"""`constraints.txt` names what `make` installs: every dependency, in a release that fits."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.versions import wanted

LINES = (Path(__file__).parents[1] / "constraints.txt").read_text().splitlines()
LOCKED = [Requirement(line) for line in LINES]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def locked(name: str, python: str = HERE) -> str:
    """The release of a package that is installed on this Python; empty if none is named."""
    where = {"python_version": python, "python_full_version": f"{python}.9"}
    for each in LOCKED:
        if each.name == canonicalize_name(name) and applies(each, where):
            return str(each.specifier).removeprefix("==")
    return ""


def is_locked(needed: Requirement, python: str = HERE) -> bool:
    release = locked(needed.name, python)
    return bool(release) and release in needed.specifier


def applies(each: Requirement, where: dict[str, str]) -> bool:
    return each.marker is None or each.marker.evaluate(where)


def needs(name: str) -> Iterator[Requirement]:
    """What the locked release of a package needs itself; nothing if another one is here."""
    with suppress(PackageNotFoundError):
        if version(name) == locked(name):
            found = map(Requirement, requires(name) or ())
            yield from (each for each in found if applies(each, {"extra": ""}))


def test_a_line_names_a_release_and_not_where_it_is_from() -> None:
    form = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; [\w .<>='!()]+)?")
    assert [line for line in LINES if not form.fullmatch(line)] == [], "run `make lock`"


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_every_dependency_is_locked_in_a_release_that_fits(python: str) -> None:
    needed = wanted("test", "lint")
    unfit = [str(each) for each in needed if not is_locked(each, python)]
    assert unfit == [], "run `make lock`"


def test_what_the_dependencies_need_is_locked_too() -> None:
    needed = [(each.name, need) for each in LOCKED for need in needs(each.name)]
    assert len(needed) > len(LOCKED) / 2
    unfit = [f"{name}: {need}" for name, need in needed if not is_locked(need)]
    assert unfit == [], "run `make lock`"
