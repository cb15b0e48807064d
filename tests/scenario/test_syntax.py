"""What is no YAML is told in our words: libyaml's change, and say less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenario.test_mistakes import FILES, said

VALUE = 'a value (in quotes: "…", if it starts with one of @`%*&!|>)'
PAIR = "one 'key: value' per line (put text that holds ': ' in quotes)"
KEY = "a key, as deep as the other keys of the mapping"
ESCAPE = r"an escape such as \n or \" (or text in '…')"
QUOTE = "a quote at the end of the text too"

# A text that is no YAML, and what is said about it.
TOLD = {
    "[a, b": "2:1: ',' or the ']' that ends the list begun in line 1, got the end of the file",
    "{a: 1]": "1:6: ',' or the '}' that ends the mapping, got ']'",
    "[a, , b]": "1:5: a value, got ','",
    "[a]\n]": "2:1: the end, or a key as deep as the first, got ']'",
    "  a: 1\nb: 2": "2:1: the end, or a key as deep as the first, got 'b'",
    "a: 1\n- b": f"2:1: {KEY} begun in line 1, got '-'",
    "a: 'b' c": f"1:8: {KEY}, got 'c'",
    "- a\nb: 1": "2:1: '- ', as deep as the other items of the list begun in line 1, got 'b'",
    "a: - b": "1:4: the list on a line of its own, got '-'",
    "a: b: c": f"1:5: {PAIR}, got ':'",
    "{a: b:}": f"1:6: {PAIR}, got ':'",
    "a: b\n'c'\nd: 1": "3:1: a ':' and a blank after the key begun in line 2, got 'd'",
    "a:1\nb: 2": "2:2: a blank after 'a:' in the line above, got ':'",
    "a:\n\t- b": "2:1: spaces at the start of a line, got a tab",
    "a: 'b": f"""1:4: {QUOTE}, got "'\"""",
    "a: 'b\n---\nc'": f"""1:4: {QUOTE}, got "'\"""",
    'a: "\\q"': f"1:5: {ESCAPE}, got '\\\\'",
    'a: "\\u12x"': f"1:7: {ESCAPE}, got '1'",
    "a: >50": f"1:4: {VALUE}, got '>'",
    "a: @b": f"1:4: {VALUE}, got '@'",
    "a: &": f"1:4: {VALUE}, got '&'",
    "a: !x!y z": f"1:4: {VALUE}, got '!'",
    "a: ?": f"1:4: {VALUE}, got '?'",
    "%x": f"1:1: {VALUE}, got '%'",
}


@pytest.mark.parametrize("text", TOLD)
def test_what_is_no_yaml_is_told_with_its_place(text: str) -> None:
    headline = said(("a.yaml", text.encode())).partition("\n")[0]
    assert headline.replace("YAML: expected ", "") == f"a.yaml:{TOLD[text]}"


class OtherWords:
    """A libyaml that finds the same mistakes and calls them otherwise."""

    real = yaml.CSafeLoader

    def __init__(self, text: str) -> None:
        self._loader = self.real(text)

    def get_event(self) -> Any:
        try:
            return self._loader.get_event()
        except yaml.MarkedYAMLError as error:
            error.problem = error.context = "as a newer one may say"
            raise


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_words_of_libyaml_change_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "CSafeLoader", OtherWords)
    assert said((file.name, file.read_bytes())) == file.with_suffix(".txt").read_text()


def test_an_error_without_a_place_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> Any:
        raise yaml.YAMLError("no place, no words")

    monkeypatch.setattr(yaml, "CSafeLoader", broken)
    assert said(("a.yaml", b"a: 1")) == "a.yaml: YAML: expected YAML, got something else\n"
