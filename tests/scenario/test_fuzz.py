"""Whatever comes in: a loaded scenario, or a report that names a place. Never a traceback."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import json

from emulator.core.settings import Settings
from emulator.core.validation import CheckError
from emulator.scenario.loading import Source, load, load_data
from emulator.scenario.model import Scenario
from emulator.scenario.report import ScenarioError
from emulator.scenario.schema import schema
from emulator.worlds import Worlds
from tests.scenario.strategies import mutated, of_schema

QUICK = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
HEADLINE = re.compile(r"^(fuzz\.yaml(:\d+:\d+)?: .+|.* \| .*|… and \d+ more)$", re.DOTALL)
SCENARIOS = of_schema(schema())


async def loads_or_says_why(content: bytes) -> bool:
    """Whether the bytes make a world; if not, every line of the report has its form."""
    try:
        loaded = load([Source("fuzz.yaml", content)])
    except ScenarioError as error:
        report = str(error)
    else:
        await Worlds(Settings(), loaded).open()
        return True
    assert report
    assert all(HEADLINE.match(line) for line in report.split("\n")), report
    return False


@QUICK
@given(data=st.data())
async def test_a_scenario_of_the_schema_loads_or_says_why(data: Any) -> None:
    scenario = data.draw(SCENARIOS)
    for user in scenario.get("users", ()):
        if user.get("generate"):
            user["generate"] = 3
    if data.draw(st.booleans()):
        scenario = mutated(scenario, data.draw)
    content = json.encode(scenario)
    await loads_or_says_why(content)
    with suppress(CheckError):
        load_data(json.decode(content), content, "fuzz")


@QUICK
@given(st.text(alphabet=st.sampled_from("ab: -[]{}&*!|>'\"%@`#,?\n\t\\0123.~<"), max_size=60))
@example("- - - ? : -")
@example("a: &a\n  b: *a")
@example("!<tag:yaml.org,2002:str> : x")
@example("%YAML 1.1\n---\nversion: 1")
@example("? ? ? ?")
@example("\x85version: 1")
@example("version: 1\u2028name: x")
async def test_text_loads_or_says_why(text: str) -> None:
    await loads_or_says_why(text.encode())
    await loads_or_says_why(b"version: 1\n" + text.encode())


@QUICK
@given(st.binary(max_size=60))
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfev\x00")
@example(b"\xed\xa0\x80")
async def test_bytes_load_or_say_why(content: bytes) -> None:
    await loads_or_says_why(content)


def test_the_empty_scenario_is_what_the_schema_says() -> None:
    assert load([Source("x", b"version: 1")]).scenario == Scenario(version=1)
