"""What no single value of a scenario shows: names used twice, names nobody declared.

Works on plain data, so that a scenario with other mistakes in it is judged in the same go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..core.hints import nearest
from ..core.validation import Mistake
from ..core.wording import Path, describe_value
from ..rules.rule import mistaken_names

_CHINA = "86"
_NUMBER = re.compile("[1-9][0-9]{0,8}")
_MOST_NAMED = 8


def mistakes(data: Any) -> Iterator[Mistake]:
    """Every contradiction within the data."""
    if isinstance(data, dict):
        yield from _twice(data)
        yield from _odd_users(data)
        yield from _dangling(data)
        yield from _nowhere(data)


def _entries(data: dict[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = data.get(key)
    for i, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield i, entry


def _twice(data: dict[str, Any]) -> Iterator[Mistake]:
    for key, name in (("apps", "appid"), ("users", "name"), ("codes", "code")):
        first: dict[str, Path] = {}
        for i, entry in _entries(data, key):
            text, path = entry.get(name), (key, i, name)
            if not isinstance(text, str):
                continue
            if text in first:
                expected = f"each {name} once"
                yield Mistake(path, expected, f"{text!r} again", earlier=first[text])
            first.setdefault(text, path)
    yield from _generated_twice(data)


def _generated_twice(data: dict[str, Any]) -> Iterator[Mistake]:
    named = {user.get("name"): i for i, user in _entries(data, "users")}
    made: dict[str, int] = {}
    for i, user in _entries(data, "users"):
        prefix, last = user.get("prefix", "user"), _generated(user)
        if not last or not isinstance(prefix, str):
            continue
        path: Path = ("users", i, "generate")
        if prefix in made:
            earlier: Path = ("users", made[prefix], "generate")
            expected = "a prefix of its own for each generate"
            yield Mistake(path, expected, f"{prefix!r} again", earlier=earlier)
        made.setdefault(prefix, i)
        if clash := next((n for n in named if _is_made_by(n, prefix, last)), None):
            at: Path = ("users", named[clash], "name")
            got = f"{prefix!r}, which makes {clash!r} again"
            yield Mistake(path, "a prefix that makes new names", got, earlier=at)


def _generated(user: dict[str, Any]) -> int:
    count = user.get("generate")
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


def _is_made_by(name: object, prefix: object, last: int) -> bool:
    if not (isinstance(name, str) and isinstance(prefix, str) and name.startswith(prefix)):
        return False
    number = name[len(prefix) :]
    return bool(_NUMBER.fullmatch(number)) and int(number) <= last


def _odd_users(data: dict[str, Any]) -> Iterator[Mistake]:
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
        yield from _odd_phone(user, path)


def _odd_phone(user: dict[str, Any], path: Path) -> Iterator[Mistake]:
    phone = user.get("phone")
    if (
        not isinstance(phone, str)
        or not phone.isdigit()
        or user.get("country_code", _CHINA) != _CHINA
    ):
        return
    if len(phone) < 5 or len(phone) > 15:
        return  # said already: no phone number at all
    if len(phone) != 11 or phone[0] != "1":
        expected = "11 digits that start with 1 (other countries: set country_code)"
        yield Mistake((*path, "phone"), expected, describe_value(phone))


def _dangling(data: dict[str, Any]) -> Iterator[Mistake]:
    """Users and apps that are named somewhere and declared nowhere, where some are declared."""
    for refers, declared_in, name in (("user", "users", "name"), ("appid", "apps", "appid")):
        entries = [entry for _, entry in _entries(data, declared_in)]
        declared = [e[name] for e in entries if isinstance(e.get(name), str)]
        known = set(declared)
        some = declared or any(map(_generated, entries))
        for path, wanted in _named(data, refers) if some else ():
            if wanted not in known and not any(_makes(wanted, entry) for entry in entries):
                expected = f"one of the declared {declared_in} ({_listed(declared, entries)})"
                near = nearest(wanted, known)
                yield Mistake((*path, refers), expected, describe_value(wanted), near)


def _named(data: dict[str, Any], refers: str) -> Iterator[tuple[Path, str]]:
    """Where codes and rules name a user or an app."""
    places: list[tuple[Path, Any]] = [(("codes", i), code) for i, code in _entries(data, "codes")]
    for i, rule in _entries(data, "rules"):
        if isinstance(when := rule.get("when"), dict):
            places.append((("rules", i, "when"), when))
    for path, place in places:
        if isinstance(wanted := place.get(refers), str):
            yield path, wanted


def _makes(name: str, entry: dict[str, Any]) -> bool:
    return _is_made_by(name, entry.get("prefix", "user"), _generated(entry))


def _nowhere(data: dict[str, Any]) -> Iterator[Mistake]:
    """Rules on endpoints there are not, also where the rule has other mistakes."""
    for i, rule in _entries(data, "rules"):
        on = rule.get("on")
        if isinstance(on, str) or (isinstance(on, list) and all(isinstance(n, str) for n in on)):
            for mistake in mistaken_names(on):
                yield mistake.under(("rules", i))


def _listed(declared: list[str], entries: list[dict[str, Any]]) -> str:
    made = [(e.get("prefix", "user"), n) for e in entries if (n := _generated(e))]
    names = [*dict.fromkeys(declared), *(f"{prefix}1 to {prefix}{n}" for prefix, n in made)]
    return ", ".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")
