"""`wechat-emulator validate FILES…`: is a scenario right, and if not, where and why?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ...scenario.report import LocatedMistake

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
    from ...scenario.sources import load_named

    mistakes: list[LocatedMistake] = []
    total = 0
    result = _GOOD
    for name in files:
        try:
            load_named(name)
        except ScenarioError as error:
            mistakes += error.mistakes
            total += error.count
            result = max(result, _UNREADABLE if error.unreadable else _MISTAKES)
    click.echo(_FORMS[form](mistakes, total, files), nl=False)
    sys.exit(result)


def _as_text(mistakes: Sequence[LocatedMistake], total: int, files: Sequence[str]) -> str:
    if not mistakes:
        return "".join(f"{name}: good\n" for name in files)
    from ...scenario.report import report

    count = "1 mistake" if total == 1 else f"{total} mistakes"
    return f"{report(mistakes, total)}\n{count}\n"


def _as_json(mistakes: Sequence[LocatedMistake], total: int, files: Sequence[str]) -> str:
    from msgspec import json

    return json.encode([each.to_json() for each in mistakes]).decode() + "\n"


def _as_github(mistakes: Sequence[LocatedMistake], total: int, files: Sequence[str]) -> str:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""
    return "".join(
        f"::error file={_escape(each.file)},line={max(each.line, 1)},col={max(each.column, 1)},"
        f"endColumn={max(each.column, 1) + each.width},title=Scenario::"
        f"{_escape(f'{each.where}: {each.message}' if each.where else each.message, value=True)}\n"
        for each in mistakes
    )


def _escape(text: str, *, value: bool = False) -> str:
    """As a workflow command wants it; a property may also hold no colon and no comma."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text if value else text.replace(":", "%3A").replace(",", "%2C")


_FORMS: dict[str, Callable[[Sequence[LocatedMistake], int, Sequence[str]], str]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_github,
}
