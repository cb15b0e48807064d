"""`validate`, `init` and `schema`, and how a server starts with a scenario."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec import json

from emulator.cli.main import main

BAD = "version: 1\nnaem: 100%, busy\nseed: -1\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text("version: 1\n")
    Path("bad.yaml").write_text(BAD)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["good.yaml"], 0),
        (["bad.yaml"], 1),
        (["good.yaml", "bad.yaml"], 1),
        (["bad.yaml", "none.yaml"], 2),
        (["none.yaml"], 2),
        (["."], 1),
        ([], 2),
    ],
)
def test_validate_exits_0_for_good_1_for_mistakes_2_for_what_it_cannot_read(
    files: list[str], code: int
) -> None:
    assert run("validate", *files).exit_code == code


def test_validate_says_what_is_good() -> None:
    assert run("validate", "good.yaml").output == "good.yaml: good\n"


def test_validate_shows_the_place_and_the_excerpt() -> None:
    lines = run("validate", "bad.yaml").output.splitlines()
    assert lines[0].startswith("bad.yaml:2:1: naem: expected one of version, name")
    assert lines[1:3] == ["    2 | naem: 100%, busy", "      | ^^^^"]
    assert lines[-1] == "2 mistakes"


def test_validate_tells_programs_in_json() -> None:
    flaws = json.decode(run("validate", "bad.yaml", "--format", "json").output)
    assert [(flaw["line"], flaw["column"], flaw["near"]) for flaw in flaws] == [
        (2, 1, "name"),
        (3, 7, None),
    ]
    assert run("validate", "good.yaml", "--format", "json").output == "[]\n"


def test_validate_annotates_a_github_workflow() -> None:
    Path("a,b:c.yaml").write_text("version: 1\nseed: '100%'\n")
    assert run("validate", "a,b:c.yaml", "--format", "github").output == (
        "::error file=a%2Cb%3Ac.yaml,line=2,col=7,endColumn=13,title=Scenario::"
        "seed: expected a whole number of at least 0 up to 9007199254740991, got '100%25'\n"
    )
    assert run("validate", "good.yaml", "--format", "github").output == ""


def test_validate_annotates_a_missing_file_too() -> None:
    output = run("validate", "none.yaml", "--format", "github").output
    assert output.startswith("::error file=none.yaml,line=1,col=1,")


DOUBTFUL = """version: 1
clock: {frozen: true}
rules:
  - {on: "*", then: {delay: 3s, errcode: -1}}
  - {on: jscode2session, then: {close: true}}
"""


@pytest.fixture
def doubtful() -> str:
    Path("doubtful.yaml").write_text(DOUBTFUL)
    return "doubtful.yaml"


def test_validate_warns_and_passes(doubtful: str) -> None:
    result = run("validate", doubtful)
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert lines[0] == (
        "doubtful.yaml:4:22: warning: rules[0].then.delay: expected a clock that runs (leave out "
        "clock.frozen), for what takes time, got a frozen one, where this lasts until a test "
        "advances the clock"
    )
    assert lines[3] == (
        "doubtful.yaml:5:5: warning: rules[1]: expected a rule that some call gets to, "
        "got one whose every call an earlier rule answers (first: doubtful.yaml:4:5)"
    )
    assert lines[-2:] == ["doubtful.yaml: good", "2 warnings"]


def test_validate_counts_mistakes_and_warnings_apart(doubtful: str) -> None:
    result = run("validate", doubtful, "bad.yaml")
    assert result.exit_code == 1
    assert result.output.splitlines()[-2:] == ["2 mistakes", "2 warnings"]


def test_validate_tells_programs_which_is_a_warning(doubtful: str) -> None:
    found = json.decode(run("validate", doubtful, "bad.yaml", "--format", "json").output)
    assert [each["severity"] for each in found] == ["error", "error", "warning", "warning"]


def test_validate_annotates_a_workflow_with_warnings(doubtful: str) -> None:
    lines = run("validate", doubtful, "--format", "github").output.splitlines()
    assert lines[0].startswith(f"::warning file={doubtful},line=4,col=22,endColumn=27,title=Scen")
    assert len(lines) == 2


def test_init_writes_a_scenario_that_is_good_and_whose_clock_runs() -> None:
    assert run("init").exit_code == 0
    assert run("validate", "scenario.yaml").output == "scenario.yaml: good\n"
    assert "frozen: true}" not in Path("scenario.yaml").read_text()
    assert Path("scenario.yaml").read_text().startswith("# yaml-language-server: $schema=")


def test_init_overwrites_nothing_unless_forced() -> None:
    result = run("init", "bad.yaml")
    assert (result.exit_code, Path("bad.yaml").read_text()) == (2, BAD)
    assert run("init", "bad.yaml", "--force").exit_code == 0
    assert run("validate", "bad.yaml").exit_code == 0


def test_init_replaces_no_link_even_if_forced() -> None:
    Path("link.yaml").symlink_to("bad.yaml")
    before = Path("bad.yaml").read_text()
    result = run("init", "link.yaml", "--force")
    assert (result.exit_code, "cannot write link.yaml: it is no regular file" in result.stderr) == (
        2,
        True,
    )
    assert Path("bad.yaml").read_text() == before


def test_init_says_where_it_cannot_write() -> None:
    assert run("init", "no/where.yaml").exit_code == 2


def test_schema_prints_the_schema() -> None:
    assert json.decode(run("schema").output)["title"] == "wechat-emulator scenario"


def test_a_server_does_not_start_with_a_bad_scenario() -> None:
    result = run("serve", "bad.yaml", "--port", "0")
    assert result.exit_code == 2
    assert "bad.yaml:2:1: naem: expected" in result.output
    assert "bad.yaml:3:7: seed: expected" in result.output
