"""Sources into a loaded scenario, or a ScenarioError with all that is wrong with them."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

from msgspec import inspect

from ..core.validation import CheckError, Mistake, check
from ..core.wording import Path
from . import cross_checks
from .loaded import Loaded
from .model import EMPTY, Scenario
from .report import Flaw, ScenarioError
from .seeding import residents

# Lists of a folder's files follow each other, behaviour merges switch by switch, and of the rest
# the last file's word counts.
_LISTS = ("apps", "users", "codes", "rules", "tls")
_MERGED = ("behaviour", "clock")


class Source(NamedTuple):
    """A file's name, as messages show it, and its bytes."""

    name: str
    content: bytes


def load(sources: Sequence[Source], name: str = "") -> Loaded:
    """The sources as one scenario; ScenarioError lists every mistake in all of them."""
    with _collector_paused():
        merged = _Merged([*_documents(sources)])
        scenario = merged.scenario()
    content = b"".join(source.content for source in sources)
    text = sources[0].content.decode("utf-8-sig") if len(sources) == 1 else ""
    return _loaded(scenario, merged.data, text, content, name or sources[0].name)


def load_data(data: Any, content: bytes, name: str) -> Loaded:
    """JSON that was decoded already; CheckError lists every mistake."""
    scenario = check(data, Scenario)
    if wrong := list(cross_checks.mistakes(data)):
        raise CheckError(wrong)
    return _loaded(scenario, data, "", content, name)


def _loaded(scenario: Scenario, data: Any, text: str, content: bytes, source: str) -> Loaded:
    people = residents(scenario)
    return Loaded(scenario, data, text, sha256(content).hexdigest(), source, people)


def _documents(sources: Sequence[Source]) -> Iterator[Any]:
    from .document import Document  # PyYAML costs a start without a scenario nothing

    return (Document(source.name, source.content) for source in sources)


class _Merged:
    """What several documents say together, and which of them said what."""

    def __init__(self, documents: list[Any]) -> None:
        from .values import plan

        wanted = plan(inspect.type_info(Scenario))
        self._documents = documents
        self._datas = [document.data(wanted) for document in documents]
        self._origins: dict[str, list[tuple[int, int]]] = {name: [] for name in _LISTS}
        self.data: Any = self._datas[0] if len(documents) == 1 else self._merge()

    def scenario(self) -> Scenario:
        """All of it, checked; ScenarioError otherwise."""
        flaws = [flaw for document in self._documents for flaw in document.flaws]
        scenario = EMPTY
        for document, data in zip(self._documents, self._datas, strict=True):
            if data is None:
                continue
            try:
                scenario = check(data, Scenario)
            except CheckError as error:
                flaws += [document.flaw(mistake) for mistake in error.mistakes]
        flaws += [self._flaw(mistake) for mistake in cross_checks.mistakes(self.data)]
        if flaws:
            raise ScenarioError(_in_order(flaws))
        return scenario if len(self._documents) == 1 else check(self.data, Scenario)

    def _merge(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for n, data in enumerate(self._datas):
            for key, value in data.items() if isinstance(data, dict) else ():
                if key in _LISTS and isinstance(value, list):
                    self._origins[key] += [(n, i) for i in range(len(value))]
                    merged[key] = [*merged.get(key, []), *value]
                elif key in _MERGED and isinstance(value, dict):
                    merged[key] = merged.get(key, {}) | value
                else:
                    merged[key] = value
        return merged

    def _flaw(self, mistake: Mistake) -> Flaw:
        document, path = self._origin(mistake.path)
        earlier = ""
        if mistake.earlier is not None:
            first, first_path = self._origin(mistake.earlier)
            earlier = first.place(first_path)
        flaw: Flaw = document.flaw(mistake, earlier=earlier, path=path)
        return flaw

    def _origin(self, path: Path) -> tuple[Any, Path]:
        """The document a path of the merged data came from, and the path in it."""
        if len(self._documents) > 1 and path and path[0] in self._origins and len(path) > 1:
            n, index = self._origins[str(path[0])][int(path[1])]
            return self._documents[n], (path[0], index, *path[2:])
        said = [d for d, data in zip(self._documents, self._datas, strict=True) if _has(data, path)]
        return (said or self._documents)[-1], path


def _has(data: Any, path: Path) -> bool:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _in_order(flaws: list[Flaw]) -> list[Flaw]:
    """By place in the files; of several about one path only the first, which caused the others."""
    files = list(dict.fromkeys(flaw.file for flaw in flaws))
    unique: dict[tuple[str, int, int, str], Flaw] = {}
    for flaw in flaws:
        unique.setdefault((flaw.file, flaw.line, flaw.column, flaw.where), flaw)
    return sorted(
        unique.values(), key=lambda flaw: (files.index(flaw.file), flaw.line, flaw.column)
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Hundreds of thousands of young objects, none of them garbage: looking for it costs most."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()
