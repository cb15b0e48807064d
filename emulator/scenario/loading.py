"""Files become one scenario, or a ScenarioError that lists every mistake in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple

from msgspec import inspect
from msgspec.structs import replace

from ..core.masking import STARS
from ..core.validation import (
    MOST_SHOWN,
    CheckError,
    Mistake,
    check,
    check_in_steps,
    garbage_collector_paused,
    masks_in,
)
from ..core.wording import Path
from ..rules.rule import Rule
from . import cross_checks
from .loaded import Loaded
from .model import EMPTY, CodeEntry, Scenario, UserEntry
from .report import LocatedMistake, ScenarioError
from .seeding import initial_entities
from .warnings import warnings

_Locate = Callable[[Mistake], LocatedMistake]
_Warnings = tuple[LocatedMistake, ...]

# How the files of a folder become one scenario: lists are joined, the mappings below are merged key
# by key, and of every other key the last file's value counts.
_LISTS = ("apps", "users", "codes", "endpoints", "rules", "tls")
_IN_STEPS: dict[str, type] = {"users": UserEntry, "codes": CodeEntry, "rules": Rule}
_MERGED = ("behaviour", "clock")


class Source(NamedTuple):
    """A file: its name, as messages show it, and its bytes."""

    name: str
    content: bytes


def load(sources: Sequence[Source], name: str = "") -> Loaded:
    """The sources as one scenario; ScenarioError lists every mistake in all of them."""
    with garbage_collector_paused():
        starred = any(STARS in source.content for source in sources)
        merged = _MergedDocuments([*_parse(sources)], starred=starred)
        scenario = merged.check()
    content = b"".join(source.content for source in sources)
    text = sources[0].content.decode("utf-8-sig") if len(sources) == 1 else ""
    found = _first_warnings(scenario, merged.locate)
    return _load_checked(scenario, merged.data, text, content, name or sources[0].name, found)


def load_data(data: Any, content: bytes, name: str) -> Loaded:
    """A scenario from decoded JSON; CheckError lists every mistake."""
    if STARS in content and (masks := [*masks_in(data)]):
        raise CheckError(masks)
    with garbage_collector_paused():
        scenario = _check(data)
        wrong = CheckError(cross_checks.mistakes(data))
        if wrong.mistakes:
            raise wrong
        found = _first_warnings(scenario, partial(_unlocated, name))
        return _load_checked(scenario, data, "", content, name, found)


def _first_warnings(scenario: Scenario, locate: _Locate) -> _Warnings:
    """As many as anybody reads, each with its place, in the order of the places."""
    found = (replace(locate(each), is_warning=True) for each in warnings(scenario))
    return tuple(_in_order(list(islice(found, MOST_SHOWN))))


def _unlocated(name: str, mistake: Mistake) -> LocatedMistake:
    """For decoded JSON, whose lines nobody knows."""
    return LocatedMistake(
        file=name, line=0, column=0, where=mistake.where, mistake=mistake.masked()
    )


def _check(data: Any) -> Scenario:
    """The data as a scenario; its long lists in steps, so that others than this thread can run."""
    if not isinstance(data, dict):
        return check(data, Scenario)
    long = {key: data[key] for key in _IN_STEPS if isinstance(data.get(key), list)}
    try:
        rest = check({key: value for key, value in data.items() if key not in long}, Scenario)
        lists: dict[str, Any] = {
            key: tuple(check_in_steps(data[key], _IN_STEPS[key])) for key in long
        }
    except CheckError:
        return check(data, Scenario)  # which finds every mistake, each in its place
    return replace(rest, **lists)


def _load_checked(
    scenario: Scenario, data: Any, text: str, content: bytes, source: str, found: _Warnings
) -> Loaded:
    digest = sha256(content).hexdigest()
    return Loaded(scenario, data, text, digest, source, initial_entities(scenario), found)


def _parse(sources: Sequence[Source]) -> Iterator[Any]:
    from .document import Document  # a start without a scenario does not import PyYAML

    return (Document(source.name, source.content) for source in sources)


class _MergedDocuments:
    """Several documents as one, and which of them each value came from."""

    def __init__(self, documents: list[Any], *, starred: bool) -> None:
        from .values import wanted_types

        wanted = wanted_types(inspect.type_info(Scenario))
        self._documents = documents
        self._starred = starred
        self._datas = [document.data(wanted) for document in documents]
        self._origins: dict[str, list[tuple[int, int]]] = {name: [] for name in _LISTS}
        self.data: Any = self._datas[0] if len(documents) == 1 else self._merge()

    def check(self) -> Scenario:
        """The scenario; ScenarioError if there is a mistake in any document."""
        found = [mistake for document in self._documents for mistake in document.mistakes]
        found += [self.locate(mistake) for mistake in self._masks()]
        more = sum(document.untold for document in self._documents)
        scenario = EMPTY
        for document, data in zip(self._documents, self._datas, strict=True):
            if data is None:
                continue
            try:
                scenario = _check(data)
            except CheckError as error:
                found += [document.locate(mistake) for mistake in error.mistakes]
                more += error.count - len(error.mistakes)
        crossed = CheckError(cross_checks.mistakes(self.data))
        found += [self.locate(mistake) for mistake in crossed.mistakes]
        more += crossed.count - len(crossed.mistakes)
        if found:
            in_order = _in_order(found)
            raise ScenarioError(in_order, len(in_order) + more)
        return scenario if len(self._documents) == 1 else check(self.data, Scenario)

    def _masks(self) -> Iterator[Mistake]:
        """Masked values, looked for where there may be some: a scenario has a million values."""
        return masks_in(self.data if self._starred else None)

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

    def locate(self, mistake: Mistake) -> LocatedMistake:
        """The mistake with its place in its file."""
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
