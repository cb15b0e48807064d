"""The pages of docs/howto, taken apart: sections and their code blocks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
HOWTO = ROOT / "docs" / "howto"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Section(NamedTuple):
    """What stands below one heading of the second level."""

    title: str
    text: str

    def blocks(self, *languages: str) -> list[str]:
        """Its code blocks in these languages."""
        return [code for language, code in _BLOCK.findall(self.text) if language in languages]

    @property
    def was_only_read(self) -> bool:
        """Whether it says that nobody ran it."""
        return "ead, not run" in self.text


def sections(page: Path) -> list[Section]:
    """The sections of a page; what stands above the first has the page's name as its title."""
    opening, *rest = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    split = (part.partition("\n") for part in rest)
    return [Section(page.stem, opening), *(Section(title, text) for title, _, text in split)]
