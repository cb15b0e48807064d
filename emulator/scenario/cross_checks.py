"""Mistakes that only show when values are compared: a name used twice, a user not declared.

It reads the plain data, not the structs. So one run finds these mistakes beside all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..core.hints import nearest, some_of
from ..core.validation import Mistake
from ..core.wording import Path, describe_value
from ..rules.rule import unknown_endpoints, unknown_paths
from ..wechat.endpoints import built_in

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
    named = {user.get("name"): i for i, user in _entries(data, "users")}
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
        prefixes.setdefault(prefix, i)
        if clash := next((n for n in named if _is_generated_name(n, prefix, last)), None):
            at: Path = ("users", named[clash], "name")
            got = f"{prefix!r}, which makes {clash!r} again"
            yield Mistake(path, "a prefix that makes new names", got, earlier=at)


def _generate_count(user: dict[str, Any]) -> int:
    count = user.get("generate")
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


def _is_generated_name(name: object, prefix: object, last: int) -> bool:
    if not (isinstance(name, str) and isinstance(prefix, str) and name.startswith(prefix)):
        return False
    number = name[len(prefix) :]
    return bool(_NUMBER.fullmatch(number)) and int(number) <= last


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
        declared = [e[name] for e in entries if isinstance(e.get(name), str)]
        known = set(declared)
        some = declared or any(map(_generate_count, entries))
        for path, wanted in _references(data, refers) if some else ():
            if wanted not in known and not any(_generates(wanted, entry) for entry in entries):
                expected = (
                    f"one of the declared {declared_in} ({_list_declared(declared, entries)})"
                )
                near = nearest(wanted, known)
                yield Mistake((*path, refers), expected, describe_value(wanted), near)


def _references(data: dict[str, Any], refers: str) -> Iterator[tuple[Path, str]]:
    """Each place where a code or a rule names a user or an app, with the name."""
    places: list[tuple[Path, Any]] = [(("codes", i), code) for i, code in _entries(data, "codes")]
    for i, rule in _entries(data, "rules"):
        if isinstance(when := rule.get("when"), dict):
            places.append((("rules", i, "when"), when))
    for path, place in places:
        if isinstance(wanted := place.get(refers), str):
            yield path, wanted


def _generates(name: str, entry: dict[str, Any]) -> bool:
    return _is_generated_name(name, entry.get("prefix", "user"), _generate_count(entry))


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


def _list_declared(declared: list[str], entries: list[dict[str, Any]]) -> str:
    made = [(e.get("prefix", "user"), n) for e in entries if (n := _generate_count(e))]
    names = [*dict.fromkeys(declared), *(f"{prefix}1 to {prefix}{n}" for prefix, n in made)]
    return some_of(names)
