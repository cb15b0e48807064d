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
    good, 1 if one has mistakes, 2 if one cannot be read. A warning is no mistake: it says what a
    good scenario may mean otherwise.
    """
    from ...scenario.report import ScenarioError
    from ...scenario.sources import load_named

    mistakes: list[LocatedMistake] = []
    warnings: list[LocatedMistake] = []
    total = 0
    result = _GOOD
    for name in files:
        try:
            warnings += load_named(name).warnings
        except ScenarioError as error:
            mistakes += error.mistakes
            total += error.count
            result = max(result, _UNREADABLE if error.unreadable else _MISTAKES)
    click.echo(_FORMS[form]([*mistakes, *warnings], total, files), nl=False)
    sys.exit(result)


def _as_text(found: Sequence[LocatedMistake], total: int, files: Sequence[str]) -> str:
    from ...scenario.report import report

    mistakes = [each for each in found if not each.is_warning]
    warnings = [each for each in found if each.is_warning]
    told = [
        report(each, max(len(each), n)) for each, n in ((mistakes, total), (warnings, 0)) if each
    ]
    if mistakes:
        told.append(_count(total, "mistake"))
    else:
        told += [f"{name}: good" for name in files]
    if warnings:
        told.append(_count(len(warnings), "warning"))
    return "".join(f"{line}\n" for line in told)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _as_json(found: Sequence[LocatedMistake], total: int, files: Sequence[str]) -> str:
    from msgspec import json

    return json.encode([each.to_json() for each in found]).decode() + "\n"


def _as_github(found: Sequence[LocatedMistake], total: int, files: Sequence[str]) -> str:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""
    return "".join(
        f"::{_level(each)} file={_escape(each.file)},{_position(each)},title=Scenario::"
        f"{_escape(f'{each.where}: {each.message}' if each.where else each.message, value=True)}\n"
        for each in found
    )


def _position(found: LocatedMistake) -> str:
    line, column = max(found.line, 1), max(found.column, 1)
    return f"line={line},col={column},endColumn={column + found.width}"


def _level(found: LocatedMistake) -> str:
    return "warning" if found.is_warning else "error"


def _escape(text: str, *, value: bool = False) -> str:
    """As a workflow command wants it; a property may also hold no colon and no comma."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text if value else text.replace(":", "%3A").replace(",", "%2C")


_FORMS: dict[str, Callable[[Sequence[LocatedMistake], int, Sequence[str]], str]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_github,
}
