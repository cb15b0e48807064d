"""Whatever its size, a hostile file is refused, and its last half costs no more than its first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator.rules.matching import MOST_RULES
from tests.counting import Counter
from tests.scenario.test_mistakes import said

TOO_DEEP = "expected at most 64 levels, got deeper nesting"
Make = Callable[[int], str]

# A file of any size, and what is said about it.
ENDED_AT_ONCE: dict[str, tuple[Make, str]] = {
    "lists": (lambda n: "[" * n, TOO_DEEP),
    "mappings": (lambda n: "{a: " * n, TOO_DEEP),
    "dashes": (lambda n: "- " * n, TOO_DEEP),
    "question marks": (lambda n: "? " * n, TOO_DEEP),
    "lists in themselves": (lambda n: "a: &a " + "[*a," * n, "got *a inside itself"),
    "anchors": (lambda n: "&a " * n, "expected the end"),
    "an open quote": (lambda n: "name: '" + "x\n" * n, "expected a quote at the end"),
    "escapes": (lambda n: 'name: "' + r"\\" * n, "expected a quote at the end"),
    "a comment": (lambda n: "#" * n, "got nothing"),
}
READ_TO_THE_END: dict[str, tuple[Make, str]] = {
    "one user again and again": (
        lambda n: "version: 1\nusers: [" + "{name: a}," * n + "]",
        "expected each name once, got 'a' again",
    ),
    "a list that does not end": (
        lambda n: "users: [" + "{name: a}," * n,
        "expected a value, got the end of the file",
    ),
    "wrong values": (lambda n: "users: [" + "a," * n + "]", "users[0]: expected a mapping"),
    "unknown keys": (lambda n: "".join(f"k{i}: 1\n" for i in range(n)), "the unknown key 'k0'"),
    "a key again and again": (lambda n: "k: 1\n" * n, "got 'k' a second time"),
    "anchors": (lambda n: "".join(f"- &a{i} [*a{i}]\n" for i in range(n)), "inside itself"),
    "users and generate": (
        lambda n: (
            "users:\n"
            + "".join(f"- name: a{i}\n- {{generate: 2, prefix: b{i}}}\n" for i in range(n))
        ),
        "the key 'version'",
    ),
    "undeclared users": (
        lambda n: (
            "users:\n"
            + "".join(f"- {{generate: 1, prefix: p{i}-}}\n" for i in range(n))
            + "codes:\n"
            + "".join(f"- {{code: c{i}, user: q{i}}}\n" for i in range(n))
        ),
        "expected one of the declared users (p0-1 to p0-1, ",
    ),
}


def calls(content: str, words: str) -> int:
    """How many function calls it takes to refuse a file in these words."""
    with Counter() as counter:
        report = said(("bulk.yaml", content.encode()))
    assert words in report
    return counter.calls


@pytest.mark.parametrize("name", ENDED_AT_ONCE)
def test_twice_as_much_of_what_ends_the_reading_costs_the_same(name: str) -> None:
    make, words = ENDED_AT_ONCE[name]
    calls(make(1000), words)  # loads what is loaded at the first use
    once, twice = calls(make(100_000), words), calls(make(200_000), words)
    assert twice <= 1.05 * once


@pytest.mark.parametrize("name", READ_TO_THE_END)
def test_twice_as_many_mistakes_cost_at_most_twice(name: str) -> None:
    make, words = READ_TO_THE_END[name]
    calls(make(1000), words)
    once, twice = calls(make(1000), words), calls(make(2000), words)
    assert twice <= 2.05 * once


def test_a_scenario_has_a_bound_on_its_rules() -> None:
    rules = '- {on: "*", then: {errcode: -1}}\n' * (MOST_RULES + 1)
    report = said(("bulk.yaml", f"version: 1\nrules:\n{rules}".encode()))
    assert "rules: expected at most 10,000 rules, got 10,001" in report
