"""Every scenario a page shows is a good one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.scenario.loading import Source, load
from emulator.scenario.sources import load_named

ROOT = Path(__file__).parents[2]
PAGES = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "scenarios").glob("*.md")]
_BLOCK = re.compile(r"^( *)```ya?ml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[tuple[str, str]]:
    """The YAML blocks of all pages that say a version, and where they stand."""
    for page in sorted(PAGES):
        text = page.read_text("utf-8")
        for match in _BLOCK.finditer(text):
            block = re.sub(f"^{match[1]}", "", match[2], flags=re.MULTILINE)
            if re.search("^version: ", block, re.MULTILINE):
                yield f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 2}", block


def _place(each: str) -> str:
    return each if "\n" not in each else "block"


@pytest.mark.parametrize(("place", "block"), [*blocks()], ids=_place)
def test_a_scenario_on_a_page_is_good(place: str, block: str) -> None:
    load([Source(place, block.encode())])


@pytest.mark.parametrize("file", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda f: f.stem)
def test_a_shipped_scenario_is_good_and_found_by_its_name(file: Path) -> None:
    assert load_named(file.stem).scenario.name
