"""A rule as it is written: what is read, and what every mistake is told."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import json

from emulator.core.custom_type import schema_hook
from emulator.core.validation import CheckError, check
from emulator.rules.rule import Rule, Span, Step, Then, to_json

CLOSE = {"close": True}

MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"then": CLOSE}, "the whole document: expected the key 'on'"),
    ({"on": "*"}, "expected 'then' (effects) or 'sequence' (a list of steps), got neither"),
    ({"on": "*", "then": CLOSE, "sequence": ["ok"]}, "sequence: expected either 'then' or"),
    ({"on": "*", "sequence": []}, "sequence: expected a list of at least one step"),
    ({"on": "tokn", "then": CLOSE}, "got 'tokn'; did you mean 'token'?"),
    ({"on": [], "then": CLOSE}, "on: expected an endpoint's name: *, "),
    ({"on": "", "then": CLOSE}, "on: expected an endpoint's name: *, "),
    ({"on": "*", "then": CLOSE, "for": "0s"}, "for: expected a duration longer than 0s, got 0s"),
    ({"on": "*", "then": CLOSE, "from": 0}, "from: expected a duration longer than 0s, got 0s"),
    ({"on": ["*", "x"], "then": CLOSE}, "on[1]: expected an endpoint's name: *, "),
    ({"on": "*", "then": {}}, "then: expected a mapping of effects such as {delay: 3s"),
    ({"on": "*", "then": "reset"}, "then: expected a mapping of effects"),
    ({"on": "*", "then": {"ercode": -1}}, "got the unknown word 'ercode'; did you mean 'errcode'"),
    ({"on": "*", "then": {"reset": False}}, "then.reset: expected true (leave the line out"),
    ({"on": "*", "then": {"errcode": True}}, "then.errcode: expected a whole number, or a mapping"),
    ({"on": "*", "then": {"errcode": "40029"}}, "then.errcode: expected a whole number, got '4"),
    (
        {"on": "*", "then": {"errcode": -1, "status": 502}},
        "then.status: expected one answer to a call ('errcode' stands there already)",
    ),
    ({"on": "*", "sequence": ["okay"]}, "sequence[0]: expected ok, or a mapping of effects"),
    ({"on": "*", "sequence": ["ok", {"delay": "x"}]}, "sequence[1].delay: expected a duration"),
    ({"on": "*", "then": CLOSE, "chance": 1.5}, "chance: expected a number of at least 0 up to 1"),
    ({"on": "*", "then": CLOSE, "times": 0}, "times: expected a whole number of at least 1"),
    ({"on": "*", "then": CLOSE, "for": "soon"}, "for: expected a duration such as 90s"),
    ({"on": "*", "then": CLOSE, "when": {"usr": "a"}}, "did you mean 'user'?"),
    ({"on": "*", "then": CLOSE, "when": {"user": ""}}, "when.user: expected text that is not"),
    ({"on": "*", "then": CLOSE, "when": {"call": "2..1"}}, "when.call: expected a number of call"),
    ({"on": "*", "then": CLOSE, "when": {"header": {"A": 1}}}, "when.header.A: expected text"),
]


@pytest.mark.parametrize(("rule", "says"), MISTAKES)
def test_a_mistake_is_named_at_its_place(rule: dict[str, Any], says: str) -> None:
    with pytest.raises(CheckError) as error:
        check(rule, Rule)
    assert says in str(error.value)


def test_all_mistakes_come_at_once() -> None:
    rule = {"on": "tokn", "then": {"dely": 1, "reset": False}, "chance": 2, "tims": 1}
    with pytest.raises(CheckError) as error:
        check(rule, Rule)
    paths = [mistake.where for mistake in error.value.mistakes]
    assert paths == ["then.dely", "then.reset", "chance", "tims"]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (3, {3}),
        ("3", {3}),
        ("1..2", {1, 2}),
        ("2..", {2, 3, 4}),
        ("2..2", {2}),
        ("1..", {1, 2, 3, 4}),
    ],
)
def test_a_span_holds_its_calls(text: int | str, calls: set[int]) -> None:
    assert {n for n in range(5) if n in Span.parse(text)} == calls
    assert str(Span.parse(str(Span.parse(text)))) == str(Span.parse(text))


@pytest.mark.parametrize(
    "text",
    [0, -1, True, 1.0, "", "..2", "a", "2..1", "1...2", "01", None, [], "1２", "1..２", "1_0"],
)
def test_what_is_no_span_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="expected a"):
        Span.parse(text)


def test_what_acts_on_the_answer_acts_in_the_order_written() -> None:
    then = Then.parse({"errcode": -1, "field": {"drop": ["a"]}, "truncate": 3, "delay": "1s"})
    names = [type(each).__name__ for each in then.effects]
    assert names == ["Delay", "Truncate", "Field", "Errcode"]


def test_a_step_may_be_ok() -> None:
    assert Step.parse("ok").effects == ()


def test_a_rule_reads_back_from_its_json_as_the_same() -> None:
    rule = {
        "name": "all of it",
        "on": ["jscode2session", "token"],
        "when": {"user": "alice", "call": "1..2", "header": {"A": "b*"}},
        "sequence": [{"errcode": -1}, "ok", {"delay": {"min": "1s", "max": "2s"}}],
        "times": 3,
        "chance": 0.5,
        "from": "1m",
        "for": "1m30s",
    }
    assert json.decode(to_json(check(rule, Rule))) == rule


def test_the_schema_knows_the_short_forms() -> None:
    schema = json.schema(Rule, schema_hook=schema_hook)
    then = schema["$defs"]["Rule"]["properties"]["then"]["anyOf"][0]
    assert {"const": True} in then["properties"]["reset"]["anyOf"]
    assert {"type": "integer"}.items() <= then["properties"]["errcode"]["anyOf"][0].items()
    assert then["additionalProperties"] is False
    steps = schema["$defs"]["Rule"]["properties"]["sequence"]["anyOf"][0]["items"]["anyOf"]
    assert steps[0] == {"const": "ok"}
