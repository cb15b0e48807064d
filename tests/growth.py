"""Whether a pattern's time grows with a hostile text's length, or faster: run as a program.

It reads lines of JSON, a pattern and whether it is searched for, and prints each that is slow with
the text that shows it. One that is not searched for is only tried where a text begins.
The texts are made from the pattern: what comes before one of its repetitions, and then that
repetition without end. CPU time is measured, so a busy machine changes little.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator
from re import _parser as parser  # what a pattern is made of
from time import process_time
from typing import Any

Use = Callable[[str], object]
SHORT, LONG = 4_000, 40_000
# Ten times the text may take 25 times as long; in quadratic time it takes a hundred times as long.
MOST = 25.0
# So little in all is not worth a second look: quadratic time shows more for 4,000 characters.
QUICK = 0.003
PATIENCE = 2.0
PROBES = "a0 \"'%\\<=\n:-x/."
CATEGORIES = {"DIGIT": "0", "SPACE": " ", "WORD": "a"}


def samples(members: list[Any]) -> list[str]:
    """Characters of a set, a few."""
    if str(members[0][0]) == "NEGATE":
        barred = {each for member in members[1:] for each in samples([member])}
        return [probe for probe in PROBES if probe not in barred]
    found = []
    for op, value in members:
        if str(op) == "CATEGORY":
            found.append(CATEGORIES.get(str(value).removeprefix("CATEGORY_"), "-"))
        else:
            found.append(chr(value[0] if str(op) == "RANGE" else value))
    return found


def sample(tree: Any) -> str:
    """A short text that fits, as far as that is easy."""
    return "".join(units(op, value)[0] for op, value in tree)


def units(op: Any, value: Any) -> list[str]:
    """Short texts that fit one part of a pattern."""
    match str(op):
        case "LITERAL":
            return [chr(value)]
        case "NOT_LITERAL":
            return [probe for probe in PROBES if probe != chr(value)]
        case "ANY":
            return ["a", " "]
        case "IN":
            return samples(value)[:4]
        case "BRANCH":
            return [sample(each) for each in value[1]]
        case "SUBPATTERN":
            return [sample(value[-1])]
        case "ATOMIC_GROUP":
            return [sample(value)]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, _, inner = value
            return [sample(inner) * min(least, 100)]
    return [""]


def repetitions(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """What comes before each repetition, and what is repeated."""
    for op, value in tree:
        match str(op):
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                for each in units(*value[2][0]) if len(value[2]) == 1 else [sample(value[2])]:
                    yield before, each
                yield from repetitions(value[2], before)
            case "BRANCH":
                for branch in value[1]:
                    yield from repetitions(branch, before)
            case "SUBPATTERN":
                yield from repetitions(value[-1], before)
            case "ATOMIC_GROUP":
                yield from repetitions(value, before)
        before += units(op, value)[0]


def hostile(pattern: str) -> Iterator[tuple[str, str, str]]:
    """Texts as what they begin with, what is repeated, and what they end in."""
    for before, unit in {*repetitions(parser.parse(pattern)), ("", sample(parser.parse(pattern)))}:
        for end in ("", "\0"):
            yield before, unit, end
            yield "", before + unit, end


def taken(use: Use, text: str) -> float:
    """The CPU seconds of using the pattern on the text."""
    begin = process_time()
    use(text)
    return process_time() - begin


def grows(use: Use, before: str, unit: str, end: str) -> bool:
    """Whether ten times the text takes far more than ten times as long."""

    def text(length: int) -> str:
        return before + unit * (length // (len(unit) or 1)) + end

    def looks_slow() -> bool:
        short = taken(use, text(SHORT))
        return short > QUICK and taken(use, text(LONG)) > MOST * short

    # Three times: on a busy machine the caches are others', and one measure may mislead.
    return looks_slow() and looks_slow() and looks_slow()


def too_slow(*_: object) -> None:
    raise TimeoutError


def slow_on(form: str, searched: bool) -> str | None:
    """The text that shows the pattern to be slow; None if none does."""
    pattern = re.compile(form, re.DOTALL)  # a dot that takes more is the worse case
    use = pattern.findall if searched else pattern.fullmatch
    for parts in hostile(form):
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
        try:
            if grows(use, *parts):
                return repr(parts)
        except TimeoutError:
            return repr(parts)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


if __name__ == "__main__":
    signal.signal(signal.SIGVTALRM, too_slow)
    for line in sys.stdin:
        form, searched = json.loads(line)
        if (shown := slow_on(form, searched)) is not None:
            sys.stdout.write(f"{form!r} is slow on {shown}\n")
