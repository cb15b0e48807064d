"""`wechat-emulator codes`: login codes by the thousand, for load tests."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from json import dumps
from typing import TYPE_CHECKING, Any, TextIO

import click

from .. import options

if TYPE_CHECKING:
    from ...testing.client import Client


@click.command("codes")
@click.option("--count", type=click.IntRange(1), required=True, metavar="N", help="How many.")
@click.option(
    "--user",
    "users",
    multiple=True,
    default=["alice"],
    metavar="NAME",
    help="Whom they log in; repeatable, the codes are dealt to them in turn. [default: alice]",
)
@click.option("--appid", help="Into which app. [default: the first declared]")
@click.option("--json", "as_json", is_flag=True, help='Print {"code": …, "user": …} on each line.')
@click.option(
    "--out",
    type=click.File("w", encoding="utf-8", lazy=False),
    default="-",
    metavar="FILE",
    help="Write there. [default: stdout]",
)
@options.asks_server
def command(emulator: Client, count: int, as_json: bool, out: TextIO, **which: Any) -> None:
    """Print many fresh login codes, one a line."""
    with _progress(emulator.codes(count, **which), count, out) as codes:
        for each in codes:
            out.write(f"{dumps(each, ensure_ascii=False) if as_json else each['code']}\n")


def _progress(codes: Iterable[Any], count: int, out: TextIO) -> Any:
    """A progress bar on stderr, if that is a terminal and stdout is not."""
    if not sys.stderr.isatty() or out.isatty():
        return nullcontext(codes)
    return click.progressbar(
        codes, length=count, label="Minting", file=sys.stderr, update_min_steps=max(count // 200, 1)
    )
