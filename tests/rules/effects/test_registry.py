"""What holds for every effect, those of tomorrow too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from msgspec import inspect

from emulator.core.validation import CheckError, check
from emulator.rules import effects
from emulator.rules.rule import Then
from tests.reference_scripts import in_a_code
from tests.support import Harness, request, scripted

NAMES = sorted(effects.load())
HERE = Path(__file__).parent
EXAMPLES = [(name, value) for name in NAMES for value in effects.load()[name].examples]
CODES = [word.strip("`.") for name in NAMES if (word := in_a_code(name)) != "needs a rule"]


def test_every_file_is_an_effect_of_its_name() -> None:
    folder = Path(effects.__file__).parent
    assert sorted(each.stem for each in folder.glob("*.py") if each.stem != "__init__") == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_effect_has_its_tests(name: str) -> None:
    path = HERE / f"test_{name}.py"
    assert path.exists() or name in (HERE / "test_session_keys.py").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_every_effect_and_field_says_what_it_does(name: str) -> None:
    kind = effects.load()[name]
    assert (kind.__doc__ or "").strip()
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        assert isinstance(field.type, inspect.Metadata), field.name
        assert (field.type.extra_json_schema or {}).get("description"), field.name


@pytest.mark.parametrize(("name", "value"), EXAMPLES)
def test_every_example_is_read(name: str, value: Any) -> None:
    (effect,) = Then.parse({name: value}).effects
    assert type(effect) is effects.load()[name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [False, None, [1], {"nonsense": 1}])
def test_what_means_nothing_is_refused_at_its_place(name: str, value: Any) -> None:
    with pytest.raises(CheckError) as error:
        check({name: value}, Then)
    assert all(mistake.path[0] == name for mistake in error.value.mistakes)


@pytest.mark.parametrize(("name", "value"), EXAMPLES)
def test_every_example_is_good_in_an_editor(name: str, value: Any) -> None:
    assert Draft202012Validator(effects.then_schema()).is_valid({name: value})


@pytest.mark.parametrize(("name", "value"), EXAMPLES)
def test_a_scalar_is_the_first_field(name: str, value: Any) -> None:
    if not isinstance(value, dict) and value is not True:
        first = effects.load()[name].__struct_encode_fields__[0]
        assert effects.read(name, value) == effects.read(name, {first: value})


@pytest.mark.parametrize("word", CODES)
async def test_the_scripted_code_of_the_reference_works(emulator: Harness, word: str) -> None:
    await emulator.freeze()
    _, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request(scripted(word)))
    while not (found := (await emulator.control("GET", "requests"))["requests"]):
        await emulator.advance("3s")
    assert found[0]["rules"][0] == "js_code"
    writer.close()
