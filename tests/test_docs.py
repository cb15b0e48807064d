"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urldefrag

import pytest

from emulator.control import Route, load
from emulator.core.settings import Setting, all_settings
from tests import reference, reference_kernel
from tests.cli.test_commands import invoke

ROOT = Path(__file__).parents[1]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *ROOT.glob("*.md"), ROOT / "scenarios/README.md"]


@pytest.mark.parametrize("page", reference.pages(), ids=lambda page: page.name)
def test_generated_parts_are_fresh(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == reference.fresh(text), "run `make docs`"


@pytest.mark.parametrize("name", reference.TABLES)
def test_every_generated_part_stands_on_a_page(name: str) -> None:
    assert any(f"<!-- generated: {name} -->" in page.read_text("utf-8") for page in PAGES)


SHOWN = [setting for setting in all_settings() if not setting.is_hidden]


@pytest.mark.parametrize("setting", SHOWN, ids=lambda setting: setting.name)
def test_help_shows_each_setting_with_its_variable(setting: Setting) -> None:
    shown = " ".join(invoke("serve", "--help").stdout.split())
    if setting.name != "scenario":
        assert f"{setting.flag} " in shown
        assert f"[env: {setting.variable}]" in shown


def test_help_says_in_a_whole_sentence_what_each_command_does() -> None:
    assert "..." not in invoke("--help").stdout.partition("Commands:")[2]


@pytest.mark.parametrize("route", load(), ids=lambda route: f"{route.method} {route.path}")
def test_every_field_of_the_control_api_says_what_it_is(route: Route) -> None:
    fields = [*reference_kernel.fields(route.query, ""), *reference_kernel.fields(route.body, "")]
    assert [name for name, *_, about in fields if not about] == []


def test_contributing_names_files_that_there_are() -> None:
    named = re.findall(r"`(emulator/[\w/.]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path.replace("NAME.py", "")).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        target, anchor = urldefrag(link)
        if "://" in target:
            continue
        other = (page.parent / target).resolve() if target else page
        assert other.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(other), f"{link}: no such heading"


def anchors(page: Path) -> set[str]:
    """The names GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}
