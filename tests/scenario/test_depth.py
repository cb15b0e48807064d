"""How deep a file may go is for the emulator to say, not for libyaml, which may have its own limit.

libyaml reads up to 1,024 characters ahead: its limit is met before the emulator has seen a thing.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from yaml.error import Mark
from yaml.parser import ParserError

from emulator.scenario.loading import Source, load
from emulator.scenario.nodes import MAX_DEPTH
from emulator.scenario.report import ScenarioError

# A level of each form, and where the level that is one too many stands.
FORMS: dict[str, tuple[str, str]] = {
    "lists": ("[", f"1:{MAX_DEPTH + 1}"),
    "mappings": ("{a: ", f"1:{4 * MAX_DEPTH + 1}"),
    "mappings as keys": ("{", f"1:{MAX_DEPTH + 1}"),
    "both": ("[{a: ", f"1:{5 * MAX_DEPTH // 2 + 1}"),
    "lists on lines": ("[\n", f"{MAX_DEPTH + 1}:1"),
    "lists apart": ("[" + " " * 40, f"1:{41 * MAX_DEPTH + 1}"),
    "dashes": ("- ", f"1:{2 * MAX_DEPTH + 1}"),
    "question marks": ("? ", f"1:{2 * MAX_DEPTH + 1}"),
    "anchored lists": ("&a [", f"1:{4 * MAX_DEPTH + 1}"),
}
LEVELS = (MAX_DEPTH + 1, 100, 999, 1000, 1001, 1024, 50_000)


TOO_DEEP = f"the whole document: expected at most {MAX_DEPTH} levels, got deeper nesting"


class Shallow:
    """A libyaml that refuses the 70th list, before it has told of the first."""

    real = yaml.CSafeLoader
    limit = 69

    def __init__(self, text: str) -> None:
        self._text = text
        self._loader = self.real(text)

    def get_event(self) -> Any:
        if self._text.count("[") > self.limit:
            at = self.limit
            raise ParserError(None, None, "too many of them", Mark("", at, 0, at, None, 0))
        return self._loader.get_event()


def said(text: str) -> str:
    """The first line about a text that has to be wrong."""
    with pytest.raises(ScenarioError) as caught:
        load([Source("deep.yaml", text.encode())])
    return str(caught.value).partition("\n")[0]


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("form", FORMS)
def test_the_first_level_too_deep_is_named(form: str, levels: int) -> None:
    level, place = FORMS[form]
    assert said(level * levels) == f"deep.yaml:{place}: {TOO_DEEP}"


@pytest.mark.parametrize("form", FORMS)
def test_what_fits_is_not_too_deep(form: str) -> None:
    level, _ = FORMS[form]
    levels = (MAX_DEPTH - 1) // (2 if form == "both" else 1)
    assert TOO_DEEP not in said(level * levels)


def test_a_limit_of_libyaml_is_not_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "CSafeLoader", Shallow)
    assert said("[" * 80) == f"deep.yaml:1:{MAX_DEPTH + 1}: {TOO_DEEP}"


def test_what_is_no_yaml_behind_it_does_not_hide_it() -> None:
    assert said("[" * 80 + "@") == f"deep.yaml:1:{MAX_DEPTH + 1}: {TOO_DEEP}"


def test_a_mistake_is_told_once_although_the_text_is_read_twice() -> None:
    with pytest.raises(ScenarioError) as caught:
        load([Source("twice.yaml", b"a: *nobody\nb: }")])
    assert [mistake.line for mistake in caught.value.mistakes] == [1, 2]
