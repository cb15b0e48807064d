"""What `exec --strict` holds against a run: errcodes nobody meant, unanswered paths, no call."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import click

from ..core.masking import text
from ..core.numerals import whole

if TYPE_CHECKING:
    from ..world.journal import Exchange

_SHOWN = 10


def read_expected(_: click.Context, option: click.Parameter, words: Iterable[str]) -> list[int]:
    """The errcodes in `40163,40029`; the option may be there several times."""
    found = [word.strip() for text in words for word in text.split(",")]
    try:
        return [whole(word) for word in found]
    except ValueError:
        raise click.BadParameter(
            f"expected errcodes such as 40163,40029, got {','.join(found)!r}", param=option
        ) from None


def complaints(calls: Collection[Exchange] | None, expected: Collection[int]) -> list[str]:
    """A paragraph for each kind of thing that is wrong; `calls` is None if none ever came."""
    if calls is None:
        return ["no call came"]
    wrong = [call for call in calls if not call.call.acted and call.errcode not in expected]
    nowhere = [call for call in wrong if not call.endpoint]
    errors = [call for call in wrong if call.endpoint and call.errcode]
    found = []
    if errors:
        found.append(_listed("errcodes that nobody scripted or expected", errors))
    if nowhere:
        found.append(_listed("calls to paths that are not answered", nowhere))
    return found


def _listed(what: str, calls: list[Exchange]) -> str:
    lines = [f"{what}: {len(calls)}", *(f"  {_line(call)}" for call in calls[:_SHOWN])]
    if len(calls) > _SHOWN:
        lines.append(f"  … and {len(calls) - _SHOWN} more")
    return "\n".join(lines)


def _line(call: Exchange) -> str:
    number = call.errcode or call.status
    hint = call.outcome.hint if call.outcome else "it waits still"
    return f"{call.endpoint or text(call.call.path)[:100]} {number}: {hint}"
