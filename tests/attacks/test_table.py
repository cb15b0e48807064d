"""Each row of table.md names a test, and it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.test_security import HELD_BY, functions

ROWS = (Path(__file__).parent / "table.md").read_text("utf-8").split("|---|---|---|---|\n")[1]


@pytest.mark.parametrize("row", ROWS.splitlines(), ids=lambda row: row.split(" | ")[0][2:])
def test_an_attack_names_the_test_that_holds_it(row: str) -> None:
    [(file, test)] = HELD_BY.findall(row)
    assert test in functions(ROOT / file)
