"""Every mistake of outside data, in words that say what to change."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct

from emulator.core.custom_type import schema_hook
from emulator.core.duration import Duration, lasting
from emulator.core.validation import CheckError, check, mistakes
from emulator.core.wording import describe_value
from tests.counting import Counter


class Inner(Struct, forbid_unknown_fields=True):
    colour: Literal["red", "green"]
    size: Annotated[int, Meta(ge=1, le=9)] = 1
    name: Annotated[str, Meta(pattern="^[a-z]+$", max_length=5)] = "x"


class Outer(Struct, forbid_unknown_fields=True, kw_only=True):
    inner: Inner | None = None
    many: list[Inner] = []
    by_name: dict[str, float] = {}
    flag: bool = False
    either: int | list[int] = 0
    lasts: Duration = lasting(1)
    words: tuple[str, ...] = ()
    code: Annotated[int, Meta(gt=0)] = 1
    fixed: Literal[1, 2] | None = None
    lenient: Any = None


GOOD: list[dict[str, Any]] = [
    {},
    {"inner": {"colour": "red"}, "many": [{"colour": "green", "size": 9}]},
    {"inner": None, "by_name": {"a": 1}, "either": [1], "lasts": "5m", "words": ["a"]},
    {"lenient": {"any": ["thing"]}, "fixed": 1},
]


@pytest.mark.parametrize("data", GOOD)
def test_what_fits_has_no_mistake(data: dict[str, Any]) -> None:
    assert isinstance(check(data, Outer), Outer)
    assert list(mistakes(data, Outer)) == []


BAD: list[tuple[Any, str]] = [
    ([], "the whole document: expected a mapping with inner, many, by_name"),
    ({"iner": {}}, "iner: expected one of inner, many, by_name, flag, either, lasts, words, code, "
     "fixed, lenient, got the unknown key 'iner'; did you mean 'inner'?"),
    ({"inner": {}}, "inner: expected the key 'colour'"),
    ({"inner": {"colour": "gren"}}, "inner.colour: expected one of green, red, got 'gren'; did "
     "you mean 'green'?"),
    ({"inner": {"colour": "red", "size": 10}}, "inner.size: expected a whole number of at least 1 "
     "up to 9, got 10"),
    ({"inner": {"colour": "red", "name": "ABC"}}, "inner.name: expected text like ^[a-z]+$, got"),
    ({"inner": {"colour": "red", "name": "abcdef"}}, "inner.name: expected text"),
    ({"inner": 3}, "inner: expected a mapping with colour, size, name"),
    ({"many": [{"colour": "red"}, {"colour": 1}]}, "many[1].colour: expected one of green, red, "
     "got 1"),
    ({"many": {}}, "many: expected a list of mappings, got an empty mapping"),
    ({"by_name": {"a": "x"}}, "by_name.a: expected a number, got 'x'"),
    ({"by_name": []}, "by_name: expected a mapping, got an empty list"),
    ({"flag": "no"}, "flag: expected true or false, got 'no'"),
    ({"either": "x"}, "either: expected a whole number or a list of a whole number, got 'x'"),
    ({"either": [1, "x"]}, "either[1]: expected a whole number, got 'x'"),
    ({"lasts": "soon"}, "lasts: expected a duration such as 90s"),
    ({"words": "a"}, "words: expected a list of text, got 'a'"),
    ({"code": 0}, "code: expected a whole number, got 0"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says"), BAD)
def test_a_mistake_says_where_what_and_what_else(data: Any, says: str) -> None:
    with pytest.raises(CheckError) as caught:
        check(data, Outer)
    assert str(caught.value).startswith(says)
    assert len(caught.value.mistakes) == 1


class Nothing(Struct, forbid_unknown_fields=True):
    pass


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"a": 1}, "a: expected no key at all, got the unknown key 'a'"),
        ([1], "the whole document: expected an empty mapping, got a list"),
    ],
)
def test_a_body_with_nothing_in_it_is_asked_for_in_words(data: Any, says: str) -> None:
    with pytest.raises(CheckError, match=says):
        check(data, Nothing)


def test_all_mistakes_come_at_once_and_in_order() -> None:
    data: Any = {"inner": {"colour": 1, "siez": 2}, "many": [[]], "flag": None}
    with pytest.raises(CheckError) as caught:
        check(data, Outer)
    assert [each.where for each in caught.value.mistakes] == [
        "inner.colour", "inner.siez", "many[0]", "flag",
    ]  # fmt: skip
    assert [each.at_key for each in caught.value.mistakes] == [False, True, False, False]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"), (True, "true"), ({}, "an empty mapping"), ({"a": 1}, "a mapping"),
        ([1], "a list"), ("x" * 100, "'xxxxxx…"), (1.5, "1.5"),
    ],
)  # fmt: skip
def test_values_are_shown_short(value: object, shown: str) -> None:
    assert describe_value(value) == shown


def test_only_our_own_scalars_have_a_schema() -> None:
    assert schema_hook(Duration)["examples"] == ["5m1s", "1500ms"]
    with pytest.raises(NotImplementedError):
        schema_hook(set)


class Many(Struct, forbid_unknown_fields=True):
    known: int = 0
    many: list[Inner] = []


MANY: dict[str, Any] = {
    "unknown keys": lambda n: {f"knwon{i}": 1 for i in range(n)},
    "lists of them": lambda n: {"many": [{"colour": "red", f"siez{i}": 1} for i in range(n)]},
    "wrong values": lambda n: {"many": [{"colour": "raed"}] * n},
}


@pytest.mark.parametrize("name", MANY)
def test_of_many_mistakes_fifty_are_told_and_the_rest_counted(name: str) -> None:
    with pytest.raises(CheckError) as caught:
        check(MANY[name](120), Many)
    assert str(caught.value).count("; did you mean") == 50
    assert str(caught.value).endswith("; … and 70 more")
    assert str(caught.value.under(("a",))).endswith("; … and 70 more")


@pytest.mark.parametrize("name", MANY)
def test_beyond_ten_thousand_mistakes_none_is_looked_for(name: str) -> None:
    costs = []
    for n in (20_000, 100_000):
        data = MANY[name](n)
        with Counter() as counter, pytest.raises(CheckError) as caught:
            check(data, Many)
        costs.append(counter.calls)
        assert str(caught.value).endswith("; … and at least 9950 more")
    assert costs[1] <= 1.05 * costs[0]


def test_a_word_beyond_all_bounds_is_like_none() -> None:
    with Counter() as counter, pytest.raises(CheckError) as caught:
        check({"k" * 1_000_000: 1}, Many)
    assert len(str(caught.value)) < 500
    assert counter.calls < 3000
