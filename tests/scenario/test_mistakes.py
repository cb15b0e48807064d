"""Every text a mistake brings, word for word: `mistakes/NAME.yaml` and beside it `NAME.txt`.

The texts name keys, effects and endpoints, so a new one changes some: `make docs` writes them anew,
and the diff shows what became of the words.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.scenario.document import MAX_BYTES
from emulator.scenario.loading import Source, load
from emulator.scenario.report import ScenarioError

FOLDER = Path(__file__).parent / "mistakes"
FILES = sorted(FOLDER.glob("*.yaml"))


def said(*sources: tuple[str, bytes]) -> str:
    """The report on sources that have to be wrong."""
    with pytest.raises(ScenarioError) as caught:
        load([Source(*source) for source in sources])
    return str(caught.value) + "\n"


def freshen() -> None:
    """Write every text as it is now."""
    for file in FILES:
        file.with_suffix(".txt").write_text(said((file.name, file.read_bytes())))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mistake_is_told_in_these_words(file: Path) -> None:
    expected = file.with_suffix(".txt").read_text()
    assert said((file.name, file.read_bytes())) == expected, "if it is meant so, run `make docs`"


def test_at_least_25_mistakes_are_pinned() -> None:
    assert len(FILES) >= 25
    assert {file.stem for file in FILES} == {file.stem for file in FOLDER.glob("*.txt")}


def test_a_file_beyond_the_limit_is_refused_before_it_is_parsed() -> None:
    report = said(("big.yaml", b"version: 1\n" + b"#" * MAX_BYTES))
    assert report == (
        "big.yaml: expected at most 8,000,000 bytes (generate: makes users by the thousand),"
        " got 8,000,011\n"
    )


def test_mistakes_of_all_files_come_at_once_and_name_the_first_place() -> None:
    first = b"version: 1\nusers: [{name: alice}]\nsead: 1\n"
    second = b"version: 1\ncodes: [{code: one, user: bob}]\nusers: [{name: alice}]\n"
    lines = said(("a.yaml", first), ("b.yaml", second)).splitlines()
    assert [line.partition(": expected")[0] for line in lines if not line.startswith(" ")] == [
        "a.yaml:3:1: sead",
        "b.yaml:2:27: codes[0].user",
        "b.yaml:3:16: users[0].name",
    ]
    assert "(first: a.yaml:2:16)" in lines[6]


def test_only_the_first_fifty_mistakes_are_told() -> None:
    report = said(("many.yaml", b"version: 1\n" + b"".join(b"k%d: 1\n" % i for i in range(80))))
    assert report.endswith("… and 30 more\n")
