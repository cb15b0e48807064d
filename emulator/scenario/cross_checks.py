"""Mistakes that only show when values are compared: a name used twice, a user not declared.

It reads the plain data, not the structs. So one run finds these mistakes beside all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..core.hints import Nearest, some_of
from ..core.validation import Mistake
from ..core.wording import Path, describe_value
from ..rules.matching import MOST_RULES
from ..rules.rule import unknown_endpoints, unknown_paths
from ..wechat.endpoints import built_in

_MOST_DIGITS = 9
_KEYS = (("apps", "appid"), ("users", "name"), ("codes", "code"), ("endpoints", "path"))
"""Lists, and what no two of their entries may share."""
_NUMBER = re.compile("[1-9][0-9]{0,8}")


def mistakes(data: Any) -> Iterator[Mistake]:
    """Every mistake between the values of a scenario."""
    if isinstance(data, dict):
        yield from _duplicates(data)
        yield from _invalid_users(data)
        yield from _undeclared(data)
        yield from _built_in(data)
        yield from _unknown_endpoints(data)
        yield from _too_many_rules(data)


def _entries(data: dict[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = data.get(key)
    for i, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield i, entry


def _duplicates(data: dict[str, Any]) -> Iterator[Mistake]:
    for key, name in _KEYS:
        first: dict[str, Path] = {}
        for i, entry in _entries(data, key):
            text, path = entry.get(name), (key, i, name)
            if not isinstance(text, str):
                continue
            if text in first:
                expected = f"each {name} once"
                yield Mistake(path, expected, f"{text!r} again", earlier=first[text])
            first.setdefault(text, path)
    yield from _clashing_prefixes(data)


def _clashing_prefixes(data: dict[str, Any]) -> Iterator[Mistake]:
    numbered = _numbered_names(data)
    prefixes: dict[str, int] = {}
    for i, user in _entries(data, "users"):
        prefix, last = user.get("prefix", "user"), _generate_count(user)
        if not last or not isinstance(prefix, str):
            continue
        path: Path = ("users", i, "generate")
        if prefix in prefixes:
            earlier: Path = ("users", prefixes[prefix], "generate")
            expected = "a prefix of its own for each generate"
            yield Mistake(path, expected, f"{prefix!r} again", earlier=earlier)
            continue
        prefixes[prefix] = i
        if clash := next((each for each in numbered.get(prefix, ()) if each[0] <= last), None):
            number, named = clash
            at: Path = ("users", named, "name")
            got = f"{prefix!r}, which makes '{prefix}{number}' again"
            yield Mistake(path, "a prefix that makes new names", got, earlier=at)


def _numbered_names(data: dict[str, Any]) -> dict[str, list[tuple[int, int]]]:
    """By each prefix of the users' names that ends in a number: the number, and the user's index.

    Where it only has to be looked up, a hundred thousand names beside as many prefixes cost no
    more than their sum.
    """
    numbered: dict[str, list[tuple[int, int]]] = {}
    for i, user in _entries(data, "users"):
        for prefix, number in _splits(user.get("name")):
            numbered.setdefault(prefix, []).append((number, i))
    return numbered


def _splits(name: object) -> Iterator[tuple[str, int]]:
    """Each way to read a name as a prefix and a number, as `generate` makes names."""
    if isinstance(name, str):
        for at in range(max(0, len(name) - _MOST_DIGITS), len(name)):
            if _NUMBER.fullmatch(name, at):
                yield name[:at], int(name[at:])


def _generate_count(user: dict[str, Any]) -> int:
    count = user.get("generate")
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


def _invalid_users(data: dict[str, Any]) -> Iterator[Mistake]:
    for i, user in _entries(data, "users"):
        path = ("users", i)
        if user.get("generate") is not None:
            for key in user:
                if key not in ("generate", "prefix"):
                    got = f"{key!r} beside it"
                    expected = "nothing but prefix beside generate"
                    yield Mistake((*path, key), expected, got, at_key=True)
        elif user.get("name") is None:
            empty = next((key for key in ("name", "generate") if key in user), None)
            expected = "the key 'name' (or 'generate') and its value"
            yield Mistake(
                (*path, empty) if empty else path, expected, "null" if empty else "neither"
            )
        elif "prefix" in user:
            expected = "prefix beside generate only"
            yield Mistake((*path, "prefix"), expected, "it beside name", at_key=True)


def _undeclared(data: dict[str, Any]) -> Iterator[Mistake]:
    """Users and apps that a code or a rule names, but that are not among the declared ones."""
    for refers, declared_in, name in (("user", "users", "name"), ("appid", "apps", "appid")):
        entries = [entry for _, entry in _entries(data, declared_in)]
        declared = dict.fromkeys(e[name] for e in entries if isinstance(e.get(name), str))
        made = _generated(entries)
        if not declared and not made:
            continue
        expected = f"one of the declared {declared_in} ({_list_declared(declared, made)})"
        for path, wanted in _references(data, refers):
            if wanted not in declared and not _is_made(wanted, made):
                meant = Nearest(wanted, declared)
                yield Mistake((*path, refers), expected, describe_value(wanted), meant)


def _generated(entries: list[dict[str, Any]]) -> dict[str, int]:
    """By prefix, the last number that `generate` makes."""
    made: dict[str, int] = {}
    for entry in entries:
        prefix, last = entry.get("prefix", "user"), _generate_count(entry)
        if last and isinstance(prefix, str):
            made[prefix] = max(last, made.get(prefix, 0))
    return made


def _is_made(name: str, made: dict[str, int]) -> bool:
    return bool(made) and any(number <= made.get(prefix, 0) for prefix, number in _splits(name))


def _references(data: dict[str, Any], refers: str) -> Iterator[tuple[Path, str]]:
    """Each place where a code or a rule names a user or an app, with the name."""
    places: list[tuple[Path, Any]] = [(("codes", i), code) for i, code in _entries(data, "codes")]
    for i, rule in _entries(data, "rules"):
        if isinstance(when := rule.get("when"), dict):
            places.append((("rules", i, "when"), when))
    for path, place in places:
        if isinstance(wanted := place.get(refers), str):
            yield path, wanted


def _built_in(data: dict[str, Any]) -> Iterator[Mistake]:
    """Declared endpoints that answer without being declared."""
    for i, entry in _entries(data, "endpoints"):
        if isinstance(path := entry.get("path"), str):
            for mistake in built_in(path):
                yield mistake.under(("endpoints", i))


def _unknown_endpoints(data: dict[str, Any]) -> Iterator[Mistake]:
    """Rules on endpoints that do not exist, even if the rule has other mistakes as well."""
    entries = [entry.get("path") for _, entry in _entries(data, "endpoints")]
    declared = [path for path in entries if isinstance(path, str)]
    for i, rule in _entries(data, "rules"):
        on = rule.get("on")
        if isinstance(on, str) or (isinstance(on, list) and all(isinstance(n, str) for n in on)):
            for mistake in (*unknown_endpoints(on), *unknown_paths(on, declared)):
                yield mistake.under(("rules", i))


def _too_many_rules(data: dict[str, Any]) -> Iterator[Mistake]:
    rules = data.get("rules")
    if isinstance(rules, list) and len(rules) > MOST_RULES:
        yield Mistake(("rules",), f"at most {MOST_RULES:,} rules", f"{len(rules):,}")


def _list_declared(declared: dict[str, None], made: dict[str, int]) -> str:
    return some_of([*declared, *(f"{prefix}1 to {prefix}{last}" for prefix, last in made.items())])
