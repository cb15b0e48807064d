"""What happened to a value, in words."""

from __future__ import annotations

import pytest

from emulator.core.damage import damage, invisible, no_value

GOOD = "0aBcD"


def find(text: str) -> str | None:
    return GOOD if text.lower() == GOOD.lower() else None


@pytest.mark.parametrize(
    ("sent", "how"),
    [
        (GOOD, ""),
        ("another", ""),
        ("x" * 2001, ""),
        (f"'{GOOD}'", "in quotes"),
        (f"\t{GOOD} ", "with blanks around it"),
        ("%30aBcD", "URL-encoded"),
        ("%2530aBcD", "URL-encoded twice"),
        ("\\0aBcD", "escaped with backslashes"),
        ("0aB\u200bcD", "with invisible characters in it"),
        (GOOD.upper(), "in upper case"),
        ('"0abcd"', "in quotes and in lower case"),
        ("0AbcD", "in another case"),
    ],
)
def test_a_known_value_is_found_behind_its_damage(sent: str, how: str) -> None:
    assert damage(sent, find) == how


@pytest.mark.parametrize(
    ("sent", "whose"),
    [("undefined", "JavaScript's"), (" null\n", "JavaScript's"), ("None", "Python's"), (GOOD, "")],
)
def test_a_word_for_no_value_is_named(sent: str, whose: str) -> None:
    assert whose in no_value(sent)
    assert bool(no_value(sent)) == bool(whose)


def test_what_nobody_sees_is_told() -> None:
    assert invisible(GOOD) == ""
    assert invisible("a\u200bb\ufeff") == "it holds U+200B, U+FEFF"
    assert invisible("\x00\x01\x02\x03").endswith("U+0002, …")
