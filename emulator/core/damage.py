"""What happens to a value between WeChat and a backend: it is quoted, escaped, folded, or no value.

The hint of a call that is refused says it: what came looks right in most logs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

_NO_VALUES = {
    "undefined": "JavaScript's",
    "null": "JavaScript's",
    "NaN": "JavaScript's",
    "[object Object]": "JavaScript's",
    "[object Promise]": "JavaScript's",
    "None": "Python's",
    "nil": "Ruby's",
    "<nil>": "Go's",
}
_LONGEST = 2000
"""Beyond it nothing is looked for: no code, token or secret comes near."""
_MOST_ROUNDS = 3
_QUOTES = "\"'`\u201c\u201d\u2018\u2019"
# What no editor shows: controls, blanks that do not break, zero-width ones, the byte order mark.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f\x80-\xa0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]"
)
_MOST_SHOWN = 3

_Undo = Callable[[str], str]
_DAMAGES: tuple[tuple[str, _Undo], ...] = (
    ("URL-encoded", lambda text: unquote(text) if "%" in text else text),
    ("escaped with backslashes", lambda text: text.replace("\\", "")),
    ("with blanks around it", lambda text: text.strip(" \t\r\n")),
    ("with invisible characters in it", lambda text: _INVISIBLE.sub("", text)),
    ("in quotes", lambda text: text.strip(_QUOTES)),
)


def no_value(sent: str) -> str:
    """`'undefined' is JavaScript's word for no value: …`; empty if it is a value."""
    if whose := _NO_VALUES.get(sent.strip().strip(_QUOTES)):
        return (
            f"{sent.strip()!r} is {whose} word for no value, put into text: "
            "the variable was not set when the call was made"
        )
    return ""


def damage(sent: str, find: Callable[[str], str | None]) -> str:
    """`in quotes and in lower case`, if that is what is wrong with a known value; else empty.

    `find` gives the known value that a text is, whatever its case.
    """
    for text, how in _undone(sent):
        if (known := find(text)) is not None:
            if known != text:
                how = [*how, _case_of(text)]
            return " and ".join(how)
    return ""


def invisible(sent: str) -> str:
    """`it holds U+200B`: the characters that nobody sees; empty if there are none."""
    found = dict.fromkeys(_INVISIBLE.findall(sent[:_LONGEST]))
    shown = [f"U+{ord(character):04X}" for character in found]
    more = ", …" if len(shown) > _MOST_SHOWN else ""
    return f"it holds {', '.join(shown[:_MOST_SHOWN])}{more}" if shown else ""


def _undone(sent: str) -> Iterator[tuple[str, list[str]]]:
    """What it may have been before, with one damage more undone each time."""
    if len(sent) > _LONGEST:
        return
    text, how = sent, list[str]()
    yield text, how
    for _ in range(_MOST_ROUNDS):  # quotes inside quotes, and what was URL-encoded twice
        for words, undo in _DAMAGES:
            before, text = text, undo(text)
            if text != before:
                how = _told(how, words)
                yield text, how


def _told(how: list[str], words: str) -> list[str]:
    """One damage more; that of a second round is told as `twice`."""
    if words not in how:
        return [*how, words]
    return [f"{each} twice" if each == words else each for each in how]


def _case_of(text: str) -> str:
    if text.islower():
        return "in lower case"
    return "in upper case" if text.isupper() else "in another case"
