"""`wechat-emulator validate FILES…`: is a scenario right, and if not, where and why?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ...scenario.report import Flaw

_GOOD, _MISTAKES, _UNREADABLE = 0, 1, 2


@click.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILES…")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people, for programs, or as annotations of a GitHub workflow.",
)
def command(files: tuple[str, ...], form: str) -> None:
    """Check scenarios and show every mistake in its place.

    FILES are files, folders (each one scenario) or names of shipped ones. Exit code 0 if all are
    good, 1 if one has mistakes, 2 if one cannot be read.
    """
    from ...scenario.report import ScenarioError
    from ...scenario.sources import from_place

    flaws: list[Flaw] = []
    result = _GOOD
    for name in files:
        try:
            from_place(name)
        except ScenarioError as error:
            flaws += error.flaws
            result = max(result, _UNREADABLE if error.unreadable else _MISTAKES)
    click.echo(_FORMS[form](flaws, files), nl=False)
    sys.exit(result)


def _as_text(flaws: Sequence[Flaw], files: Sequence[str]) -> str:
    if not flaws:
        return "".join(f"{name}: good\n" for name in files)
    from ...scenario.report import report

    mistakes = "1 mistake" if len(flaws) == 1 else f"{len(flaws)} mistakes"
    return f"{report(flaws)}\n{mistakes}\n"


def _as_json(flaws: Sequence[Flaw], files: Sequence[str]) -> str:
    from msgspec import json

    return json.encode([flaw.as_json() for flaw in flaws]).decode() + "\n"


def _as_github(flaws: Sequence[Flaw], files: Sequence[str]) -> str:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""
    return "".join(
        f"::error file={_escaped(flaw.file)},line={max(flaw.line, 1)},col={max(flaw.column, 1)},"
        f"endColumn={max(flaw.column, 1) + flaw.width},title=Scenario::"
        f"{_escaped(f'{flaw.where}: {flaw.message}' if flaw.where else flaw.message, value=True)}\n"
        for flaw in flaws
    )


def _escaped(text: str, *, value: bool = False) -> str:
    """As a workflow command wants it; a property may also hold no colon and no comma."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text if value else text.replace(":", "%3A").replace(",", "%2C")


_FORMS: dict[str, Callable[[Sequence[Flaw], Sequence[str]], str]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_github,
}
