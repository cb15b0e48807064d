"""Which rules can never act, since an earlier one answers all their calls."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core.validation import check
from emulator.rules.rule import Rule
from emulator.rules.shadowed import shadowed

ALL: dict[str, Any] = {"on": "*", "then": {"errcode": -1}}
LOGIN: dict[str, Any] = {"on": "jscode2session", "then": {"errcode": -1}}


def pairs(*rules: dict[str, Any]) -> list[tuple[int, int]]:
    return list(shadowed(check(rule, Rule) for rule in rules))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (ALL, LOGIN),
        (LOGIN, LOGIN),
        (LOGIN, LOGIN | {"then": {"delay": "3s"}, "chance": 0.1}),
        (ALL | {"then": {"delay": "1s", "hang": True}}, LOGIN),
        (ALL, {"on": "token", "sequence": ["ok", {"close": True}]}),
        (LOGIN, LOGIN | {"when": {"user": "alice"}}),
        (LOGIN | {"when": {"call": "1.."}}, LOGIN | {"when": {"call": 3}}),
        (LOGIN | {"when": {"user": "alice"}}, LOGIN | {"when": {"user": "alice", "appid": "a"}}),
        (LOGIN | {"when": {"header": {"A": "*"}}}, LOGIN | {"when": {"header": {"A": "1"}}}),
        (LOGIN | {"when": {"query": {"a": "1"}}}, LOGIN | {"when": {"query": {"a": "1"}}}),
        (LOGIN | {"on": ["token", "jscode2session"]}, LOGIN),
        (LOGIN | {"on": "/sns/*"}, LOGIN),
        (LOGIN | {"on": "/sns/jscode2session"}, LOGIN),
        (LOGIN, LOGIN | {"on": "/sns/jscode2session"}),
        (LOGIN | {"on": "/wxa/*"}, LOGIN | {"on": "/wxa/business/*"}),
        (LOGIN | {"on": "/wxa/x"}, LOGIN | {"on": "/wxa/x"}),
        (
            LOGIN | {"when": {"connection_call": 2}},
            LOGIN | {"when": {"connection_call": 2, "user": "alice"}},
        ),
    ],
)
def test_a_rule_whose_every_call_is_answered_before_it(
    earlier: dict[str, Any], later: dict[str, Any]
) -> None:
    assert pairs(earlier, later) == [(1, 0)]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (LOGIN, ALL),
        (ALL | {"times": 1}, LOGIN),
        (ALL | {"for": "1s"}, LOGIN),
        (ALL | {"from": "1s"}, LOGIN),
        (ALL | {"chance": 0.99}, LOGIN),
        (ALL | {"when": {"call": "1..2"}}, LOGIN),
        (ALL | {"when": {"call": "2.."}}, LOGIN),
        (ALL | {"then": {"delay": "1s"}}, LOGIN),
        (ALL | {"then": {"kill_token": True}}, LOGIN),
        ({"on": "*", "sequence": [{"close": True}]}, LOGIN),
        (LOGIN | {"when": {"user": "alice"}}, LOGIN),
        (LOGIN | {"when": {"user": "alice"}}, LOGIN | {"when": {"user": "bob"}}),
        (LOGIN | {"when": {"user": "alice"}}, LOGIN | {"when": {"appid": "alice"}}),
        (LOGIN | {"when": {"header": {"A": "1"}}}, LOGIN | {"when": {"header": {"A": "*"}}}),
        (LOGIN | {"when": {"header": {"A": "*"}}}, LOGIN),
        (LOGIN | {"when": {"query": {"a": "1"}}}, LOGIN | {"when": {"query": {"b": "1"}}}),
        (LOGIN | {"when": {"connection_call": 2}}, LOGIN),
        (LOGIN, LOGIN | {"on": ["jscode2session", "token"]}),
        (LOGIN | {"on": "/wxa/business/*"}, LOGIN | {"on": "/wxa/*"}),
        (LOGIN | {"on": "/wxa/*"}, LOGIN | {"on": "token"}),
    ],
)
def test_a_rule_that_some_call_gets_to(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    assert pairs(earlier, later) == []


def test_the_first_that_answers_is_named() -> None:
    mallory = LOGIN | {"when": {"user": "mallory"}}
    assert pairs(LOGIN | {"on": "token"}, mallory, LOGIN, ALL, mallory) == [(4, 1)]
    assert pairs(ALL, LOGIN, LOGIN) == [(1, 0), (2, 0)]
