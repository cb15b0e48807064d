"""Where scenarios come from, and what is said when they do not."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from emulator.core.settings import Settings
from emulator.scenario.report import ScenarioError
from emulator.scenario.sources import load_from_settings, load_named

GOOD = "version: 1\n"


def refusal(name: object) -> str:
    """Why there is no such scenario."""
    with pytest.raises(ScenarioError) as caught:
        load_named(str(name))
    assert caught.value.unreadable
    return str(caught.value)


def test_a_folder_is_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    first = "version: 1\nname: first\nseed: 1\nusers: [{name: alice}]\nbehaviour: {unionid: never}"
    second = "version: 1\nname: second\nusers: [{name: bob}]\nbehaviour: {escape_slash: false}"
    (tmp_path / "20-more.yml").write_text(second)
    (tmp_path / "10-base.yaml").write_text(first)
    (tmp_path / ".hidden.yaml").write_text("not: read")
    (tmp_path / "notes.txt").write_text("not read either")
    loaded = load_named(str(tmp_path))
    scenario = loaded.scenario
    assert [user.name for user in scenario.users] == ["alice", "bob"]
    assert (scenario.name, scenario.seed) == ("second", 1)
    assert (scenario.behaviour.unionid, scenario.behaviour.escape_slash) == ("never", False)
    assert loaded.sha256 == sha256((first + second).encode()).hexdigest()


def test_a_name_comes_from_the_file_if_the_scenario_has_none(tmp_path: Path) -> None:
    (tmp_path / "busy.yaml").write_text(GOOD)
    assert load_named(str(tmp_path / "busy.yaml")).name == "busy"


def test_a_missing_file_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "checkout.yaml").write_text(GOOD)
    assert refusal(tmp_path / "chekcout.yaml") == (
        f"{tmp_path}/chekcout.yaml: expected a file, a folder, or the name of a shipped scenario, "
        f"got no such file; did you mean '{tmp_path}/checkout.yaml'?"
    )


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert f"got no folder '{tmp_path}/no'" in refusal(tmp_path / "no" / "a.yaml")


def test_an_unknown_shipped_name_is_told_with_the_nearest_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reused-code.yaml").write_text(GOOD)
    monkeypatch.setattr("emulator.scenario.sources._SHIPPED", (tmp_path,))
    assert load_named("reused-code").name == "reused-code"
    assert refusal("resued-code").endswith(
        "got neither (shipped are reused-code and others: `wechat-emulator shipped` lists all); "
        "did you mean 'reused-code'?"
    )


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("expected a folder that holds *.yaml files, got nothing")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    file = tmp_path / "locked.yaml"
    file.write_text(GOOD)
    file.chmod(0)
    assert refusal(file).endswith("expected a file that can be read, got permission denied")


def test_a_device_without_end_is_refused() -> None:
    with pytest.raises(ScenarioError, match="at most 8,000,000 bytes"):
        load_named("/dev/zero")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "a/" * 3000])
def test_a_name_no_file_can_have_is_refused(name: str) -> None:
    assert "expected a file" in refusal(name)


def test_a_scenario_comes_from_one_place_only() -> None:
    settings = Settings(scenario="a.yaml", scenario_inline="version: 1")
    with pytest.raises(ScenarioError, match="expected one scenario, got both"):
        load_from_settings(settings)


def test_watching_needs_a_file() -> None:
    with pytest.raises(ScenarioError, match="the file or folder of a scenario to watch"):
        load_from_settings(Settings(watch=True, scenario_inline="version: 1"))
