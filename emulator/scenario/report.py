"""The mistakes of a scenario as people read them: file, line, column, and the line itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unicodedata import east_asian_width

from msgspec import Struct

from ..core.masking import excerpt
from ..core.validation import MOST_SHOWN, Mistake, and_more

_WIDTH = 100
"""Of an excerpt; a scenario in one line is legal."""
_BESIDE = 700
"""How much is read on either side of it: a token that is cut has not the shape of one."""


class LocatedMistake(Struct, frozen=True, kw_only=True):
    """A mistake and its place in a file."""

    file: str
    line: int
    column: int
    """Line and column count from 1; both are 0 where the whole file is meant."""
    width: int = 1
    """How many characters are wrong."""
    where: str
    """The path of the value: `rules[0].then.delay`."""
    mistake: Mistake
    earlier: str = ""
    """The place where what may be there once stood first."""
    excerpt: str = ""
    """The whole line."""
    is_warning: bool = False
    """Whether the scenario is right all the same."""

    @property
    def message(self) -> str:
        """`expected …, got …; did you mean …?`."""
        return self.mistake.message(self.earlier)

    @property
    def place(self) -> str:
        """`file:line:column`, or only the file where the line is not known."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def headline(self) -> str:
        """`file:line:column: where: expected …, got …`."""
        where = f"{self.where}: " if self.where else ""
        kind = "warning: " if self.is_warning else ""
        return f"{self.place}: {kind}{where}{self.message}"

    def __str__(self) -> str:
        """The headline, and the line with a caret below."""
        if not self.line:
            return self.headline
        text, indent, width = _window(self.excerpt, self.column - 1, self.width)
        gutter = f"{self.line:>5} | "
        caret = " " * 5 + " | " + indent + "^" * width
        return f"{self.headline}\n{gutter}{text}\n{caret}"

    def to_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "severity": "warning" if self.is_warning else "error",
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "where": self.where,
            "expected": self.mistake.expected,
            "got": self.mistake.got,
            "near": self.mistake.near,
            "message": self.message,
        }


class ScenarioError(Exception):
    """A scenario that cannot be used; its text is the whole report."""

    def __init__(
        self, mistakes: Sequence[LocatedMistake], count: int = 0, *, unreadable: bool = False
    ) -> None:
        """`count` is how many mistakes there are, where these are not all."""
        self.mistakes = list(mistakes)
        self.count = max(len(self.mistakes), count)
        self.unreadable = unreadable
        """Whether no file could be read at all: it is missing, or there is no permission."""
        super().__init__(report(self.mistakes, self.count))


def report(mistakes: Sequence[LocatedMistake], count: int) -> str:
    """The mistakes or warnings as text, the first fifty; `count` is how many there are."""
    lines = [str(mistake) for mistake in mistakes[:MOST_SHOWN]]
    if count > MOST_SHOWN:
        lines.append(and_more(count))
    return "\n".join(lines)


def _window(line: str, start: int, width: int) -> tuple[str, str, int]:
    """The part of a line to show, the blanks before the caret, and the caret's width."""
    cut = max(0, start + min(width, _WIDTH // 2) - _WIDTH * 3 // 4) if len(line) > _WIDTH else 0
    first = max(0, cut - _BESIDE)
    shown = excerpt(line[first : cut + _WIDTH + _BESIDE])[cut - first :][:_WIDTH]
    text = "".join(c if c.isprintable() or c == "\t" else "?" for c in shown)
    before, marked = text[: start - cut], text[start - cut : start - cut + width]
    if cut:
        text, before = "…" + text[1:], "…" + before[1:]
    if cut + _WIDTH < len(line):
        text += "…"
    indent = "".join("\t" if c == "\t" else " " * _columns(c) for c in before)
    return text, indent, max(sum(map(_columns, marked)), 1)


def _columns(character: str) -> int:
    """How many columns a terminal gives it: Chinese takes two."""
    return 2 if east_asian_width(character) in "WF" else 1
