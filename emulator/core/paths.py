"""Paths of WeChat's: patterns of them, the nearest one, and why nothing answers at one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from . import masking

_DECLARE = "declare it under `endpoints:` in the scenario, or with PUT endpoints"
_LONGEST = 100


@lru_cache(maxsize=256)
def glob(text: str) -> re.Pattern[str]:
    """The pattern in which `*` stands for anything. It never goes back behind a part it found."""
    first, *inner = map(re.escape, text.split("*"))
    last = f".*{inner.pop()}" if inner else ""
    return re.compile(first + "".join(f"(?>.*?{part})" for part in inner) + last, re.DOTALL)


def nearest_path(path: str, known: Iterable[str]) -> str | None:
    """The known path that is most like this one, None if none is.

    What both begin with says nothing (`/wxa/business/get…`), so only the rest is compared, and at
    most a third of it may differ. The right name in another folder is near as well.
    """
    return _nearest(path, tuple(known))


@lru_cache(maxsize=256)
def _nearest(path: str, known: tuple[str, ...]) -> str | None:
    """Kept, as it takes 10 ms, and a backend calls the same wrong path again and again."""
    found = min(((_distance(path, each), each) for each in known), default=(_LONGEST, ""))
    return found[1] if found[0] < _LONGEST else None


def unknown_path(path: str, answered: Collection[str], known: Collection[str] = ()) -> str:
    """Why no endpoint has this path; `known` are those that WeChat has."""
    shown = masking.shortened(masking.text(path), _LONGEST)
    every, lowered = (*answered, *known), path.lower()
    if "//" in path:
        return f"the path {shown!r} has a double slash: the base URL must not end with one"
    if path in known:
        return f"WeChat has {shown!r}, this emulator does not answer it yet: {_DECLARE}"
    if (plain := path.rstrip("/")) in every:
        return f"WeChat's path is {plain!r}, without the slash at the end"
    for each in every:
        if each.lower() == lowered:
            return f"paths are case-sensitive: WeChat's is {each!r}, you sent {shown!r}"
    if near := nearest_path(path, every):
        return f"nothing is at {shown!r}; did you mean {near!r}?"
    return f"nothing is at {shown!r}, nor is it known to be WeChat's; if it is, {_DECLARE}"


def _distance(path: str, known: str) -> int:
    """By how many characters the parts that count differ; _LONGEST if by more than a third."""
    folder, _, name = path.rpartition("/")
    known_folder, _, known_name = known.rpartition("/")
    if folder == known_folder:
        return _edits(name, known_name, max(len(name) // 3, 1))
    if name == known_name and len(name) > 5:  # `send` is the last word of many
        return min(1 + abs(len(path) - len(known)), _LONGEST - 1)
    first, _, rest = path.lstrip("/").partition("/")
    known_first, _, known_rest = known.lstrip("/").partition("/")
    if first != known_first:
        return _edits(path, known, 2)
    return _edits(rest, known_rest, min(len(name), len(known_name)) // 3)


def _edits(word: str, other: str, most: int) -> int:
    """How many letters to add, drop, change or swap make one of the other; _LONGEST past `most`."""
    if abs(len(word) - len(other)) > most or len(word) > _LONGEST:
        return _LONGEST
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        earlier, before, row = before, row, [i]
        for j, its in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != its)))
            if i > 1 < j and (letter, word[i - 2]) == (other[j - 2], its):
                row[j] = min(row[j], earlier[j - 2] + 1)
        if min(row) > most:
            return _LONGEST
    return row[-1] if row[-1] <= most else _LONGEST
