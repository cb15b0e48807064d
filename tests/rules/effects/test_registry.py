"""What holds for every effect, those of tomorrow too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec import inspect

from emulator.core.validation import CheckError, check
from emulator.rules import effects
from emulator.rules.rule import Then
from tests.reference_scripts import in_a_code
from tests.support import Emulator, request, scripted

NAMES = sorted(effects.load())
HERE = Path(__file__).parent
# Short forms and whole mappings that must be good, per effect.
GOOD: dict[str, list[Any]] = {
    "body": ["x", True, {"base64": "YQ=="}],
    "close": [True, {}],
    "content_type": ["a/b", True],
    "delay": ["3s", 0.5, {"min": "1s", "max": "2s"}, {"median": "200ms"}],
    "dribble": ["3s", True, {"pieces": 4}],
    "errcode": [-1, {"errcode": 7, "errmsg": "x"}],
    "field": [{"drop": ["unionid"]}, {"set": {"openid": None}}],
    "hang": [True],
    "lost_reply": [True],
    "reset": [True],
    "rotate_session_key": [True],
    "session_key": ["/WZiVjagfNNOSvDRlIeT5A=="],
    "stale_session_key": [True],
    "status": [502, {"status": 503, "body": ""}],
    "truncate": [0, True, {"after": 3}],
}


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


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in NAMES for v in GOOD[n]])
def test_every_way_to_write_it_is_read(name: str, value: Any) -> None:
    (effect,) = Then.parse({name: value}).effects
    assert type(effect) is effects.load()[name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [False, None, [1], {"nonsense": 1}])
def test_what_means_nothing_is_refused_at_its_place(name: str, value: Any) -> None:
    with pytest.raises(CheckError) as error:
        check({name: value}, Then)
    assert all(mistake.path[0] == name for mistake in error.value.mistakes)


def test_a_scalar_is_the_first_field() -> None:
    for name in NAMES:
        kind = effects.load()[name]
        for value in GOOD[name]:
            if not isinstance(value, dict) and value is not True:
                first = kind.__struct_encode_fields__[0]
                assert effects.read(name, value) == effects.read(name, {first: value})


@pytest.mark.parametrize("word", [in_a_code(name).strip("`.") for name in NAMES if name != "field"])
async def test_the_scripted_code_of_the_reference_works(emulator: Emulator, word: str) -> None:
    await emulator.freeze()
    _, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request(scripted(word)))
    while not (found := (await emulator.control("GET", "requests"))["requests"]):
        await emulator.advance("3s")
    assert found[0]["rules"] == ["js_code"]
    writer.close()


def test_what_one_value_cannot_say_needs_a_rule() -> None:
    assert [name for name in NAMES if in_a_code(name) == "needs a rule"] == ["field"]
