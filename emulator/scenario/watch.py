"""`--watch`: loads a scenario again when its files have changed."""

from __future__ import annotations

import os

from .loaded import Loaded
from .report import ScenarioError
from .sources import files_of, load_named

_Stats = tuple[tuple[str, int, int, int, int], ...]

_REPLACED = (
    "{path}: expected the file that is edited, got one that was deleted or replaced: a bind mount "
    "of a single file keeps the old one; mount its folder instead, or restart the container"
)


class Watch:
    """Watches the files of one scenario."""

    def __init__(self, name: str, loaded: Loaded) -> None:
        self.loaded = loaded
        """The scenario when its files were last good."""
        self.warning = ""
        """Why the changed files could not be loaded; empty while they are good."""
        self._name = name
        self._loaded_stats = self._last_stats = _stats(name)

    def poll(self) -> Loaded | None:
        """The new scenario, if the files have changed, are written to the end, and are good."""
        stats, before = _stats(self._name), self._last_stats
        self._last_stats = stats
        # Two polls must see the same, or an editor may still be writing.
        if stats == self._loaded_stats or stats != before:
            return None
        loaded_stats, self._loaded_stats = self._loaded_stats, stats
        try:
            loaded = load_named(self._name)
        except ScenarioError as error:
            self.warning = "\n".join(mistake.headline for mistake in error.mistakes)
            return None
        self.warning = _replaced(loaded_stats, stats)
        if loaded.sha256 == self.loaded.sha256:
            return None
        self.loaded = loaded
        return loaded


def _stats(name: str) -> _Stats:
    """Name, time, size, inode and links of each file; empty while one is missing."""
    try:
        found = [(str(path), os.stat(path)) for path in files_of(name)]
    except (OSError, ScenarioError):
        return ()
    return tuple((path, s.st_mtime_ns, s.st_size, s.st_ino, s.st_nlink) for path, s in found)


def _replaced(before: _Stats, now: _Stats) -> str:
    """The warning that a file's last name is gone, so no editor can reach it any more.

    Some network file systems count no links at all: only a count that falls to 0 tells something.
    """
    had_a_name = {path for path, *_, links in before if links}
    gone = [path for path, *_, links in now if not links and path in had_a_name]
    return "\n".join(_REPLACED.format(path=path) for path in gone)
