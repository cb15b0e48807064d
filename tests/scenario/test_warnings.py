"""What a good scenario may mean otherwise: told, and nothing more."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from emulator.core.settings import read_settings
from emulator.scenario.loading import Source, load
from emulator.scenario.sources import load_named
from emulator.scenario.start import load_and_watch
from tests.support import Harness

SHIPPED = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
FROZEN = "version: 1\nclock: {frozen: true}\n"


def places(text: str) -> list[str]:
    return [warning.where for warning in load([Source("a.yaml", text.encode())]).warnings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rules: [{on: token, then: {delay: 3s}}]", ["rules[0].then.delay"]),
        ("rules: [{on: token, then: {dribble: true}}]", ["rules[0].then.dribble"]),
        ("rules: [{on: token, sequence: [ok, {delay: 1s}]}]", ["rules[0].sequence[1].delay"]),
        ("codes: [{code: a, user: alice, then: {delay: 1s}}]", ["codes[0].then.delay"]),
        ("rules: [{on: token, then: {hang: true}}]", []),
        ("codes: [{code: a, user: alice}]", []),
    ],
)
def test_what_takes_time_on_a_frozen_clock(text: str, expected: list[str]) -> None:
    assert places(FROZEN + text) == expected
    assert places("version: 1\n" + text) == []


def test_the_rules_of_a_folder_are_found_in_their_files(tmp_path: Path) -> None:
    Path(tmp_path, "a.yaml").write_text("version: 1\nrules: [{on: '*', then: {close: true}}]\n")
    Path(tmp_path, "b.yaml").write_text("version: 1\nrules: [{on: token, then: {close: true}}]\n")
    (warning,) = load_named(str(tmp_path)).warnings
    assert (Path(warning.file).name, warning.line, warning.column) == ("b.yaml", 2, 9)
    assert "(first: " in warning.message
    assert "a.yaml:2:9)" in warning.message


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_ones_mean_what_they_say(path: Path) -> None:
    assert load_named(str(path)).warnings == ()


def test_so_many_are_told_and_no_more() -> None:
    rules = "  - {on: token, then: {close: true}}\n" * 100
    assert len(places(f"version: 1\nrules:\n{rules}")) == 50


def test_a_start_says_the_first_ten(caplog: pytest.LogCaptureFixture) -> None:
    rules = "  - {on: token, then: {close: true}}\n" * 20
    inline = f"version: 1\nrules:\n{rules}"
    with caplog.at_level(logging.WARNING, "emulator"):
        load_and_watch(read_settings({"scenario_inline": inline}, environ={}))
    assert len(caplog.messages) == 11
    assert ":4:5: warning: rules[1]: expected a rule that some call gets to" in caplog.messages[0]
    assert caplog.messages[-1] == "… and more: wechat-emulator validate shows them"


@pytest.mark.parametrize(("method", "route"), [("PUT", "scenario"), ("POST", "scenario/validate")])
async def test_the_control_api_answers_them(emulator: Harness, method: str, route: str) -> None:
    close = {"on": "token", "then": {"close": True}}
    answer = await emulator.control(method, route, {"version": 1, "rules": [close, close]})
    (warning,) = answer["warnings"]
    assert (warning["severity"], warning["where"]) == ("warning", "rules[1]")
    assert warning["message"].endswith("(first: rules[0])")
    answer = await emulator.control(method, route, {"version": 1, "rules": [close]})
    assert answer["warnings"] == []
