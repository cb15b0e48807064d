"""A scenario's files, looked at now and then for a change."""

from __future__ import annotations

import os

from .loaded import Loaded
from .report import ScenarioError
from .sources import files, from_place

_Look = tuple[tuple[str, int, int, int], ...]


class Watch:
    """Notices that the files of a scenario have changed, and loads them anew."""

    def __init__(self, name: str, loaded: Loaded) -> None:
        self.loaded = loaded
        """What the files said when they were last good."""
        self.warning = ""
        """Why they could not be loaded since; empty while all is well."""
        self._name = name
        self._loaded_look = self._last_look = _look(name)

    def poll(self) -> Loaded | None:
        """The new scenario once the files have changed and come to rest, if it is good."""
        look, before = _look(self._name), self._last_look
        self._last_look = look
        # Two equal looks in a row: an editor that is still writing has not been caught halfway.
        if look == self._loaded_look or look != before:
            return None
        self._loaded_look = look
        try:
            loaded = from_place(self._name)
        except ScenarioError as error:
            self.warning = "\n".join(flaw.headline for flaw in error.flaws)
            return None
        self.warning = ""
        if loaded.sha256 == self.loaded.sha256:
            return None
        self.loaded = loaded
        return loaded


def _look(name: str) -> _Look:
    """What the files look like from outside; empty while one is missing."""
    try:
        stats = [(str(path), os.stat(path)) for path in files(name)]
    except (OSError, ScenarioError):
        return ()
    return tuple((path, s.st_mtime_ns, s.st_size, s.st_ino) for path, s in stats)
