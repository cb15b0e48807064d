"""libyaml's error messages in words that say what to change."""

from __future__ import annotations

import re

from ..core.validation import Mistake

UNENDED = "found unexpected end of stream"
"""The problem whose place is better shown where the text begins than where the file ends."""

_RESERVED = "@`%*&!|>"
_NO_BLANK = re.compile(r"\s*(?:- )*([\w-]+:)\S")
_EXPECTED = {
    "mapping values are not allowed in this context": (
        "one 'key: value' per line (put text that holds ': ' in quotes)"
    ),
    "could not find expected ':'": "a ':' and a blank after the key",
    "did not find expected key": "a key, as deep as the other keys of the mapping",
    "did not find expected '-' indicator": "'- ', as deep as the other items of the list",
    "did not find expected ',' or ']'": "',' or the ']' that ends the list",
    "did not find expected ',' or '}'": "',' or the '}' that ends the mapping",
    "did not find expected node content": "a value",
    UNENDED: "a quote at the end of the text too",
    "block sequence entries are not allowed in this context": "the list on a line of its own",
    "found unknown escape character": r"an escape such as \n or \" (or text in '…')",
    "found undefined tag handle": "plain values (scenarios have no tags)",
}


def explain(problem: str, lines: list[str], column: int) -> Mistake:
    """The mistake behind one of libyaml's problems, found in the last of these lines."""
    line, before = ["", *lines][-1], ["", "", *lines][-2]
    came = line[column - 1 : column]
    if came == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
        return Mistake((), "spaces at the start of a line", "a tab")
    if "cannot start any token" in problem or "alphabetic or numeric" in problem:
        got = came if came in _RESERVED and came else line[column - 2 : column - 1]
        return Mistake((), 'a value (in quotes: "…", if it starts with one of @`%*&!|>)', repr(got))
    if match := _NO_BLANK.match(before):
        return Mistake((), f"a blank after {match[1]!r} in the line above", repr(came))
    if expected := _EXPECTED.get(problem):
        return Mistake((), expected, repr(came) if came else "the end of the line")
    return Mistake((), "YAML", problem)
