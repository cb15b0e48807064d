"""Files become one scenario, or a ScenarioError that lists every mistake in them."""

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
from .report import LocatedMistake, ScenarioError
from .seeding import initial_entities

# How the files of a folder become one scenario: lists are joined, the mappings below are merged key
# by key, and of every other key the last file's value counts.
_LISTS = ("apps", "users", "codes", "endpoints", "rules", "tls")
_MERGED = ("behaviour", "clock")


class Source(NamedTuple):
    """A file: its name, as messages show it, and its bytes."""

    name: str
    content: bytes


def load(sources: Sequence[Source], name: str = "") -> Loaded:
    """The sources as one scenario; ScenarioError lists every mistake in all of them."""
    with _garbage_collector_paused():
        merged = _MergedDocuments([*_parse(sources)])
        scenario = merged.check()
    content = b"".join(source.content for source in sources)
    text = sources[0].content.decode("utf-8-sig") if len(sources) == 1 else ""
    return _load_checked(scenario, merged.data, text, content, name or sources[0].name)


def load_data(data: Any, content: bytes, name: str) -> Loaded:
    """A scenario from decoded JSON; CheckError lists every mistake."""
    scenario = check(data, Scenario)
    if wrong := list(cross_checks.mistakes(data)):
        raise CheckError(wrong)
    return _load_checked(scenario, data, "", content, name)


def _load_checked(scenario: Scenario, data: Any, text: str, content: bytes, source: str) -> Loaded:
    digest = sha256(content).hexdigest()
    return Loaded(scenario, data, text, digest, source, initial_entities(scenario))


def _parse(sources: Sequence[Source]) -> Iterator[Any]:
    from .document import Document  # a start without a scenario does not import PyYAML

    return (Document(source.name, source.content) for source in sources)


class _MergedDocuments:
    """Several documents as one, and which of them each value came from."""

    def __init__(self, documents: list[Any]) -> None:
        from .values import wanted_types

        wanted = wanted_types(inspect.type_info(Scenario))
        self._documents = documents
        self._datas = [document.data(wanted) for document in documents]
        self._origins: dict[str, list[tuple[int, int]]] = {name: [] for name in _LISTS}
        self.data: Any = self._datas[0] if len(documents) == 1 else self._merge()

    def check(self) -> Scenario:
        """The scenario; ScenarioError if there is a mistake in any document."""
        found = [mistake for document in self._documents for mistake in document.mistakes]
        scenario = EMPTY
        for document, data in zip(self._documents, self._datas, strict=True):
            if data is None:
                continue
            try:
                scenario = check(data, Scenario)
            except CheckError as error:
                found += [document.locate(mistake) for mistake in error.mistakes]
        found += [self._locate(mistake) for mistake in cross_checks.mistakes(self.data)]
        if found:
            raise ScenarioError(_in_order(found))
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

    def _locate(self, mistake: Mistake) -> LocatedMistake:
        document, path = self._origin(mistake.path)
        earlier = ""
        if mistake.earlier is not None:
            first, first_path = self._origin(mistake.earlier)
            earlier = first.place(first_path)
        located: LocatedMistake = document.locate(mistake, earlier=earlier, path=path)
        return located

    def _origin(self, path: Path) -> tuple[Any, Path]:
        """The document a path of the merged data came from, and the path in it."""
        if len(self._documents) > 1 and path and path[0] in self._origins and len(path) > 1:
            n, index = self._origins[str(path[0])][int(path[1])]
            return self._documents[n], (path[0], index, *path[2:])
        pairs = zip(self._documents, self._datas, strict=True)
        having = [document for document, data in pairs if _has(data, path)]
        return (having or self._documents)[-1], path


def _has(data: Any, path: Path) -> bool:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _in_order(mistakes: list[LocatedMistake]) -> list[LocatedMistake]:
    """By place in the files; of several about one path only the first, which caused the others."""
    files = list(dict.fromkeys(each.file for each in mistakes))
    unique: dict[tuple[str, int, int, str], LocatedMistake] = {}
    for each in mistakes:
        unique.setdefault((each.file, each.line, each.column, each.where), each)
    return sorted(
        unique.values(), key=lambda each: (files.index(each.file), each.line, each.column)
    )


@contextmanager
def _garbage_collector_paused() -> Iterator[None]:
    """A parse makes hundreds of thousands of objects and no garbage; looking for it costs most."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()
