"""The shipped JSON Schema: fresh, described, and at one with what is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, meta
from msgspec import json

import emulator
from emulator.scenario.document import Document
from emulator.scenario.report import ScenarioError
from emulator.scenario.schema import as_text, schema
from emulator.scenario.sources import load_named
from emulator.scenario.values import WantedTypes

PACKAGE = Path(emulator.__file__).parent
SHIPPED = sorted((PACKAGE.parent / "scenarios").glob("*.yaml"))
STARTER = PACKAGE / "scenario" / "starter.yaml"
MISTAKES = Path(__file__).parent / "mistakes"


def without_key_patterns(part: Any) -> Any:
    """msgspec writes the patterns of keys since 0.21."""
    if isinstance(part, list):
        return [without_key_patterns(each) for each in part]
    if isinstance(part, dict):
        return {k: without_key_patterns(v) for k, v in part.items() if k != "propertyNames"}
    return part


def test_the_shipped_file_is_fresh() -> None:
    shipped = json.decode((PACKAGE / "scenario.schema.json").read_bytes())
    fresh = json.decode(as_text())
    assert without_key_patterns(shipped) == without_key_patterns(fresh), "run `make docs`"


def properties(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, list):
        for each in part:
            yield from properties(each, path)
    elif isinstance(part, dict):
        for name, each in part.get("properties", {}).items():
            yield f"{path}.{name}", each
        for name, each in part.items():
            yield from properties(each, f"{path}.{name}")


def test_every_key_has_a_description() -> None:
    bare = [path for path, each in properties(schema()) if not each.get("description")]
    assert bare == []


def test_it_is_a_schema() -> None:
    assert meta.is_valid(schema())


@pytest.mark.parametrize("file", [STARTER, *SHIPPED], ids=lambda file: file.stem)
def test_it_accepts_what_loads(file: Path) -> None:
    data = Document(file.name, file.read_bytes()).data(WantedTypes())
    assert list(Draft202012Validator(schema()).iter_errors(data)) == []
    load_named(str(file))


@pytest.mark.parametrize(
    "name",
    ["unknown_key", "unknown_key_deep", "missing_version", "misspelt_choice", "gender", "appid",
     "effect_false", "effect_field", "unknown_effect", "user_without_name", "seed", "tls"],
)  # fmt: skip
def test_an_editor_underlines_what_does_not_load(name: str) -> None:
    file = MISTAKES / f"{name}.yaml"
    data = Document(file.name, file.read_bytes()).data(WantedTypes())
    assert list(Draft202012Validator(schema()).iter_errors(data))
    with pytest.raises(ScenarioError):
        load_named(str(file))


@pytest.mark.parametrize(
    "then",
    [{"errcode": -1}, {"delay": "3s"}, {"delay": 3}, {"reset": True}, {"status": 502},
     {"errcode": {"errcode": -1, "errmsg": "busy"}}],
)  # fmt: skip
def test_an_editor_accepts_the_short_forms(then: dict[str, Any]) -> None:
    rules = [{"on": "*", "then": then}, {"on": ["token"], "sequence": [then, "ok"]}]
    data = {"version": 1, "rules": rules}
    assert list(Draft202012Validator(schema()).iter_errors(data)) == []


def test_an_editor_takes_digits_for_text() -> None:
    data = {"version": 1, "users": [{"name": 7, "phone": 13800138000}]}
    assert list(Draft202012Validator(schema()).iter_errors(data)) == []
    assert json.decode(as_text())
