"""`wechat-emulator errors [CODE]`: what an errcode of WeChat's means."""

from __future__ import annotations

import click

from ...core.numerals import whole
from ...wechat.errors import CODE_LIST, TABLE
from ...wechat.rows import Errcode


@click.command("errors", context_settings={"ignore_unknown_options": True})  # for `errors -1`
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain an errcode, or list them all.

    It tells the text, the cause, what to do, and how we know. Works offline.
    """
    if code is None:
        for row in TABLE.values():
            click.echo(f"{row.code:>6}  {row.text or row.meaning}")
    else:
        click.echo(_explain(_row_of(code)))


def _row_of(code: str) -> Errcode:
    try:
        number = whole(code)
    except ValueError:
        raise click.UsageError(f"expected an errcode such as 40163 or -1, got {code!r}") from None
    if number not in TABLE:
        # Not the nearest number: 40162 has nothing to do with 40163.
        raise click.UsageError(
            f"errcode {code} is not in the table, which `wechat-emulator errors` lists; "
            f"WeChat's own list is {CODE_LIST}"
        )
    return TABLE[number]


def _explain(row: Errcode) -> str:
    lines = [
        ("errmsg", row.text),
        ("on token APIs", row.on_token_apis),
        ("cause", row.meaning),
        ("mend", row.mend),
        ("retry", "may help" if row.heals else "does not help"),
        ("evidence", row.evidence),
        ("source", row.source),
    ]
    return f"errcode {row.code}\n" + "\n".join(f"  {k + ':':<15}{v}" for k, v in lines if v)
