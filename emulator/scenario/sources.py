"""Finds a scenario: a file, a folder, the name of a shipped one, or text in the environment."""

from __future__ import annotations

import os
from pathlib import Path

from ..core.hints import near_words, nearest
from ..core.settings import PREFIX, Settings
from ..core.validation import Mistake
from .loaded import Loaded
from .loading import Source, load
from .report import LocatedMistake, ScenarioError

_SUFFIXES = (".yaml", ".yml")
_HERE = Path(__file__).parent.parent
# Installed, they lie inside the package; in a checkout beside it.
_SHIPPED = (_HERE / "shipped_scenarios", _HERE.parent / "scenarios")
_MOST_BYTES = 8_000_001
"""One more than a document may have: a device that never ends is then refused as too big."""


def load_from_settings(settings: Settings) -> Loaded:
    """The scenario that the settings name; ScenarioError if it cannot be loaded."""
    if settings.scenario and settings.scenario_inline:
        expected = "one scenario"
        got = f"both {PREFIX}SCENARIO (or the argument) and {PREFIX}SCENARIO_INLINE"
        raise _unreadable(settings.scenario, expected, got)
    if settings.watch and not settings.scenario:
        raise _unreadable("--watch", "the file or folder of a scenario to watch", "none")
    if settings.scenario_inline:
        return load([Source("inline", settings.scenario_inline.encode())])
    return load_named(settings.scenario)


def load_named(name: str) -> Loaded:
    """The scenario in a file or a folder, or the shipped one of that name."""
    return load([_read(path) for path in files_of(name)], Path(name).stem)


def files_of(name: str) -> list[Path]:
    """The files of that scenario, in the order in which they are merged."""
    path = Path(name)
    if os.path.isdir(path):  # Path.is_dir raises an error for some names
        return _in_folder(path)
    if os.path.exists(path):
        return [path]
    if file := shipped().get(name):
        return [file]
    raise _not_found(path, name)


def _read(path: Path) -> Source:
    """The file, but no more of it than a scenario may have."""
    try:
        with path.open("rb") as file:
            return Source(str(path), file.read(_MOST_BYTES))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise _unreadable(str(path), "a file that can be read", reason) from None


def _in_folder(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _unreadable(str(folder), "a folder that can be read", reason) from None
    # Hidden files are copies that editors keep, or what Kubernetes puts beside a mounted file.
    found = [p for p in inside if p.suffix in _SUFFIXES and p.name[0] != "." and not p.is_dir()]
    if found:
        return found
    listed = ", ".join(path.name for path in inside[:5]) or "nothing"
    raise _unreadable(str(folder), "a folder that holds *.yaml files", listed)


def shipped() -> dict[str, Path]:
    """The files of the scenarios that come with the emulator, by their names."""
    folders = [folder for folder in _SHIPPED if folder.is_dir()]
    return {path.stem: path for folder in folders[:1] for path in sorted(folder.glob("*.yaml"))}


def _not_found(path: Path, name: str) -> ScenarioError:
    names = _candidates_beside(path)
    near = nearest(path.name, names)
    of_ours = nearest(name, shipped())
    if not os.path.isdir(path.parent):
        got = f"no folder {str(path.parent)[:200]!r}"
    elif len(path.parts) > 1 or path.suffix in _SUFFIXES:
        got = "no such file"
    else:
        near_ones = ", ".join(near_words(name, shipped()))
        listed = f"shipped are {near_ones} and others" if near_ones else "none is called like it"
        got = f"neither ({listed}: `wechat-emulator shipped` lists all)"
    expected = "a file, a folder, or the name of a shipped scenario"
    return _unreadable(name, expected, got, names[near] if near else of_ours)


def _candidates_beside(path: Path) -> dict[str, str]:
    """Scenario files and folders beside the missing one, by name, with the path to write."""
    try:
        return {
            p.name: str(p) for p in path.parent.iterdir() if p.suffix in _SUFFIXES or p.is_dir()
        }
    except (OSError, ValueError):
        return {}


def _unreadable(name: str, expected: str, got: str, near: str | None = None) -> ScenarioError:
    mistake = Mistake((), expected, got, near)
    located = LocatedMistake(file=name[:200], line=0, column=0, where="", mistake=mistake)
    return ScenarioError([located], unreadable=True)
