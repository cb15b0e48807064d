"""JSON is decoded as msgspec does it, but no object may have the same key twice."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import DecodeError, json

from emulator.core.json_decoding import decode_json
from emulator.core.validation import NOT_JSON, CheckError


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('{"a": 1, "a": 1}', [("a",)]),
        (r'{"xa": 1, "x\u0061": 2}', [("xa",)]),
        ('{"a": 1, "a": 2, "a": 3}', [("a",), ("a",)]),
        ('{"a": {"b": [0, {"c": 1, "c": 2}]}, "a": 2}', [("a",), ("a", "b", 1, "c")]),
        ('[{"a": {"a": {}}}, {"b": 1, "b": 2}]', [(1, "b")]),
    ],
)
def test_a_repeated_key_is_told_by_its_path(text: str, paths: list[tuple[str | int, ...]]) -> None:
    with pytest.raises(CheckError) as caught:
        decode_json(text.encode())
    assert [mistake.path for mistake in caught.value.mistakes] == paths


def test_only_the_first_fifty_are_told() -> None:
    with pytest.raises(CheckError) as caught:
        decode_json(b"[" + b",".join([b'{"a": 1, "a": 2}'] * 80) + b"]")
    assert len(caught.value.mistakes) == 50


@given(st.text(alphabet=st.sampled_from('{}[]:,"ab01.eE+-\\/un \n\x01é'), max_size=30))
@example('"\\ud800"')
@example('["a", 1e999, -0, 123456789012345678901234567890]')
@example('{"a": {"a": [{}, {}, {"a": null}]}}')
@example("1" * 5000)
@example("[" * 2000)
@example("\ufeff{}")
def test_everything_else_is_as_msgspec_reads_it(text: str) -> None:
    """Also the errors: what msgspec takes, the second reading takes too."""
    content = text.encode()
    try:
        values = json.decode(content)
    except NOT_JSON as error:
        with pytest.raises(type(error)):
            decode_json(content)
    else:
        with suppress(CheckError):
            assert decode_json(content) == values


ROWS = [{"a": n, "b": ["x", None, 1.5]} for n in range(20_000)]


@pytest.mark.parametrize("values", [ROWS, {"x": {"y": ROWS}, "z": 1}, [[[[ROWS]]]], "x" * 200_000])
def test_a_big_document_decodes_to_the_same_in_steps(values: Any) -> None:
    text = json.encode(values)
    assert decode_json(text) == decode_json(b" " + text + b"\n") == values


@pytest.mark.parametrize("wrong", ['{"a": 1,}', "{'a': 1}", '"\\x"', "nul", "1 1"])
def test_a_mistake_in_a_big_document_is_told_with_its_place(wrong: str) -> None:
    text = b"[" + json.encode(ROWS)[1:-1] + b"," + wrong.encode() + b"]"
    with pytest.raises(DecodeError) as told:
        json.decode(text)
    with pytest.raises(DecodeError) as caught:
        decode_json(text)
    assert str(caught.value) == str(told.value)
