"""What YAML says, by the core schema of YAML 1.2 and by what is wanted."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.scenario.loading import Source, load
from emulator.scenario.model import Scenario
from emulator.scenario.report import ScenarioError
from emulator.scenario.values import WantedTypes, scalar


def scenario(text: str) -> Scenario:
    return load([Source("test.yaml", text.encode())]).scenario


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None),
        ("true", True), ("False", False), ("no", "no"), ("on", "on"), ("y", "y"),
        ("0", 0), ("-1", -1), ("+7", 7), ("0712", 712), ("0o17", 15), ("0x1F", 31),
        ("1e3", 1000.0), ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e999", "1e999"),
        ("12:30:45", "12:30:45"), ("1_000", "1_000"), ("0b11", "0b11"),
        (".inf", ".inf"), (".nan", ".nan"), ("2026-01-01", "2026-01-01"),
        ("9" * 18, 10**18 - 1), ("9" * 5000, "9" * 5000), ("٣", "٣"), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_a_scalar_is_what_the_core_schema_says(text: str, value: Any) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


@pytest.mark.parametrize("text", ["0123", "1e3", "true", "12:30", "0x1F", "1.50", "no"])
def test_where_text_is_wanted_a_scalar_is_its_own_text(text: str) -> None:
    assert scalar(text, WantedTypes(text=True)) == text
    assert scenario(f"version: 1\nname: {text}").name == text


def test_an_unquoted_secret_of_digits_is_text() -> None:
    text = (
        "version: 1\napps: [{appid: wx0000000000000000, secret: 00000000000000000000000000000000}]"
    )
    assert scenario(text).apps[0].secret == "0" * 32


def test_digits_are_text_deep_inside_too() -> None:
    text = (
        "version: 1\nrules: [{on: token, when: {query: {appid: 0123, x: true}}, "
        "then: {errcode: -1, field: {set: {n: 0123, t: '0123'}}}}]\n"
        "behaviour: {code_expires_in: 090}"
    )
    loaded = scenario(text)
    assert loaded.rules[0].when.query == {"appid": "0123", "x": "true"}
    assert loaded.rules[0].then is not None
    assert loaded.rules[0].then.source["field"] == {"set": {"n": 123, "t": "0123"}}
    assert float(loaded.behaviour.code_expires_in) == 90.0


@pytest.mark.parametrize(
    ("then", "written"),
    [
        ("{body: 123}", {"body": "123"}),
        ("{reset: true}", {"reset": True}),
        ("{close: {}}", {"close": {}}),
        ("{status: 502}", {"status": 502}),
        ("{delay: 3}", {"delay": 3}),
        ("{errcode: {errcode: -1, errmsg: 007}}", {"errcode": {"errcode": -1, "errmsg": "007"}}),
    ],
)
def test_an_effect_gets_numbers_text_and_true_as_it_wants_them(then: str, written: Any) -> None:
    rule = scenario(f"version: 1\nrules: [{{on: token, then: {then}}}]").rules[0]
    assert rule.then is not None
    assert rule.then.source == written


def test_on_is_a_key_like_any_other() -> None:
    assert scenario("version: 1\nrules: [{on: token, then: {close: true}}]").rules[0].on == "token"


def test_explicit_core_tags_are_obeyed() -> None:
    text = "version: !!int 1\nname: !!str 12\nusers: !!seq [!!map {name: ! 34}]"
    loaded = scenario(text)
    assert (loaded.name, loaded.users[0].name) == ("12", "34")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_every_way(newline: str) -> None:
    text = newline.join(["version: 1", "name: busy", "naem: x", ""])
    with pytest.raises(ScenarioError, match=r"test\.yaml:3:1: naem"):
        scenario(text)


def test_a_byte_order_mark_of_utf_8_is_no_mistake() -> None:
    assert scenario("\ufeffversion: 1\nname: 小艾").name == "小艾"


def test_a_mistake_through_an_alias_is_told_where_the_value_stands() -> None:
    text = """version: 1
users:
  - &alice {name: alice, gender: 5}
rules:
  - {on: token, then: &then {errcode: busy}}
  - {on: token, then: *then, when: *alice}
"""
    with pytest.raises(ScenarioError) as caught:
        scenario(text)
    assert [(each.place, each.where) for each in caught.value.mistakes] == [
        ("test.yaml:3:13", "rules[1].when.name"),
        ("test.yaml:3:26", "rules[1].when.gender"),
        ("test.yaml:3:34", "users[0].gender"),
        ("test.yaml:5:39", "rules[0].then.errcode"),
        ("test.yaml:5:39", "rules[1].then.errcode"),
    ]


def test_aliases_share_values() -> None:
    text = "version: 1\nrules:\n  - {on: token, then: &t {errcode: -1}}\n  - {on: token, then: *t}"
    first, second = scenario(text).rules
    assert first.then is not None
    assert second.then is not None
    assert first.then.source == second.then.source
