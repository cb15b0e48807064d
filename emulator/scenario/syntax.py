"""What is no YAML, in words that say what to change.

libyaml's own words change from one release to the next, so they decide nothing and nobody is shown
them: what stands where a thing began, and where the reading stopped, tells enough.
"""

from __future__ import annotations

import re
from typing import Any

from yaml import YAMLError
from yaml.scanner import ScannerError

from ..core.validation import Mistake

_RESERVED = tuple("@`%*&!|>")
"""What a plain text cannot begin with."""
_NO_BLANK = re.compile(r"\s*(?:- )*([\w-]+:)\S")
_IN_QUOTES = re.compile(r"""'[^']*+(?:''[^']*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+\"""", re.DOTALL)
_NUMBERED = ("\\x", "\\u", "\\U")

# What is expected, by the character that stands there, or that begins the list or mapping.
_VALUE = 'a value (in quotes: "…", if it starts with one of @`%*&!|>)'
_NOT_HERE = {
    ":": "one 'key: value' per line (put text that holds ': ' in quotes)",
    "-": "the list on a line of its own",
    "?": _VALUE,
}
_NEXT = {
    "[": "',' or the ']' that ends the list",
    "{": "',' or the '}' that ends the mapping",
    "-": "'- ', as deep as the other items of the list",
}


def explain(error: YAMLError, lines: list[str]) -> tuple[Any, Mistake]:
    """Where these lines cease to be YAML, as a mark of libyaml's, and what was expected there."""
    here, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if here is None:
        return None, Mistake((), "YAML", "something else")
    stop = _Stop(began or here, here, lines)
    if not isinstance(error, ScannerError):
        expected = stop.between_words() if began else "the end, or a key as deep as the first"
    elif stop.in_open_quotes():
        if not stop.at_an_escape():
            return began or here, Mistake(
                (), "a quote at the end of the text too", repr(stop.first)
            )
        expected = r"an escape such as \n or \" (or text in '…')"
    else:
        expected = stop.in_a_word()
    return stop.mistake(expected)


class _Stop:
    """Where the reading stopped, and where what was being read began."""

    def __init__(self, began: Any, here: Any, lines: list[str]) -> None:
        self._began = began
        self._here = here
        lines = [*lines, ""]  # the end of the file may be on no line
        self._above, self._line = ["", *lines][here.line], lines[here.line]
        read = [*lines[began.line : here.line], self._line[: here.column]]
        self._read = "\n".join(read)[began.column :]
        self.first = lines[began.line][began.column :][:1]
        self.came = self._line[here.column :][:1]
        self._got = repr(self.came) if self.came else "the end of the line"
        if here.line == len(lines) - 1:
            self._got = "the end of the file"

    def in_open_quotes(self) -> bool:
        """Whether it is a text in quotes that has come to no end."""
        return self.first in ("'", '"') and not _IN_QUOTES.match(self._read)

    def at_an_escape(self) -> bool:
        """Whether a backslash stands here, or its letter right before."""
        return self.came == "\\" or self._read.endswith(_NUMBERED)

    def in_a_word(self) -> str:
        """What a plain text, an alias, or a key whose ':' does not come, has to be."""
        if self.first in _RESERVED:
            return _VALUE
        if self._began.line == self._here.line and self.came in _NOT_HERE:
            return _NOT_HERE[self.came]
        return "a ':' and a blank after the key" if self._read else "YAML"

    def between_words(self) -> str:
        """What has to come behind a part of a list or mapping."""
        if not self._read:
            return _VALUE if self.first == "!" else "a value"
        return _NEXT.get(self.first, "a key, as deep as the other keys of the mapping")

    def mistake(self, expected: str) -> tuple[Any, Mistake]:
        """What was expected, where the line and the one above it show nothing nearer."""
        if "\t" in (self.came, *self._line[: len(self._line) - len(self._line.lstrip())]):
            return self._here, Mistake((), "spaces at the start of a line", "a tab")
        if self._line[self._began.column :].startswith("****"):
            return self._began, Mistake((), "the value itself", "a masked value")
        if expected == _VALUE:
            return self._began, Mistake((), expected, repr(self.first))
        if match := _NO_BLANK.match(self._above):
            expected = f"a blank after {match[1]!r} in the line above"
        elif self._began.line < self._here.line:
            expected += f" begun in line {self._began.line + 1}"
        return self._here, Mistake((), expected, self._got)
