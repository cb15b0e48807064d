"""Where scenarios come from: a file, a folder, a shipped one's name, or the text itself."""

from __future__ import annotations

import os
from pathlib import Path

from ..core.hints import nearest
from ..core.settings import PREFIX, Settings
from ..core.validation import Mistake
from .loaded import Loaded
from .loading import Source, load
from .report import Flaw, ScenarioError

_SUFFIXES = (".yaml", ".yml")
_HERE = Path(__file__).parent.parent
# Installed, they lie inside the package; in a checkout beside it.
_SHIPPED = (_HERE / "shipped_scenarios", _HERE.parent / "scenarios")
_MOST_BYTES = 8_000_001
"""One more than a document may have, so that a device that never ends is refused as one too big."""


def given(settings: Settings) -> Loaded:
    """What settings that name a scenario mean by it; ScenarioError if it cannot be had."""
    if settings.scenario and settings.scenario_inline:
        expected = "one scenario"
        got = f"both {PREFIX}SCENARIO (or the argument) and {PREFIX}SCENARIO_INLINE"
        raise _unreadable(settings.scenario, expected, got)
    if settings.watch and not settings.scenario:
        raise _unreadable("--watch", "the file or folder of a scenario to watch", "none")
    if settings.scenario_inline:
        return load([Source("inline", settings.scenario_inline.encode())])
    return from_place(settings.scenario)


def from_place(name: str) -> Loaded:
    """The scenario of a file, a folder or a shipped name."""
    return load([read(path) for path in files(name)], Path(name).stem)


def files(name: str) -> list[Path]:
    """The files that make up the scenario of that name."""
    path = Path(name)
    if os.path.isdir(path):  # which unlike Path.is_dir takes every name there can be
        return _in_folder(path)
    if os.path.exists(path):
        return [path]
    if shipped := _shipped().get(name):
        return [shipped]
    raise _missing(path, name)


def read(path: Path) -> Source:
    """The file's bytes, as many as a scenario may have."""
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
    # Hidden ones are editors' copies, or Kubernetes' own bookkeeping beside a mounted file.
    found = [p for p in inside if p.suffix in _SUFFIXES and p.name[0] != "." and not p.is_dir()]
    if found:
        return found
    listed = ", ".join(path.name for path in inside[:5]) or "nothing"
    raise _unreadable(str(folder), "a folder that holds *.yaml files", listed)


def _shipped() -> dict[str, Path]:
    folders = [folder for folder in _SHIPPED if folder.is_dir()]
    return {path.stem: path for folder in folders[:1] for path in sorted(folder.glob("*.yaml"))}


def _missing(path: Path, name: str) -> ScenarioError:
    names = _beside(path)
    near = nearest(path.name, names)
    shipped = nearest(name, _shipped())
    if not os.path.isdir(path.parent):
        got = f"no folder {str(path.parent)[:200]!r}"
    elif len(path.parts) > 1 or path.suffix in _SUFFIXES:
        got = "no such file"
    else:
        got = f"neither (shipped are: {', '.join(_shipped()) or 'none'})"
    expected = "a file, a folder, or the name of a shipped scenario"
    return _unreadable(name, expected, got, names[near] if near else shipped)


def _beside(path: Path) -> dict[str, str]:
    """What lies in the same folder and may be a scenario: the name, and the path to give."""
    try:
        return {
            p.name: str(p) for p in path.parent.iterdir() if p.suffix in _SUFFIXES or p.is_dir()
        }
    except (OSError, ValueError):
        return {}


def _unreadable(name: str, expected: str, got: str, near: str | None = None) -> ScenarioError:
    mistake = Mistake((), expected, got, near)
    flaw = Flaw(
        file=name[:200], line=0, column=0, where="", mistake=mistake, message=mistake.message()
    )
    return ScenarioError([flaw], unreadable=True)
