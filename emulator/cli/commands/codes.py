"""`wechat-emulator codes`: login codes by the thousand, for load tests."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from io import TextIOWrapper
from json import dumps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from ...core import files
from .. import options

if TYPE_CHECKING:
    from ...testing.client import Client

_FIRST_LINE = re.compile(rb'(0[0-9A-Za-z]{31}|\{"code": "0[0-9A-Za-z]{31}", "user": .+\})\n')


@click.command("codes")
@click.option("--count", type=options.WholeNumber(1), required=True, metavar="N", help="How many.")
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
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    metavar="FILE",
    help="Write there; earlier codes are replaced, nothing else is. [default: stdout]",
)
@options.asks_server
def command(emulator: Client, count: int, as_json: bool, out: Path, **which: Any) -> None:
    """Print many fresh login codes, one a line."""
    with _opened(out) as file, _progress(emulator.codes(count, **which), count, file) as codes:
        for each in codes:
            file.write(f"{dumps(each, ensure_ascii=False) if as_json else each['code']}\n")


@contextmanager
def _opened(out: Path) -> Iterator[IO[str]]:
    if str(out) == "-":
        with click.open_file("-", "w", "utf-8") as text:
            yield text
        return
    try:
        with files.replacing(out, _are_codes) as file, TextIOWrapper(file, "utf-8") as text:
            yield text
    except OSError as error:
        raise click.UsageError(f"--out: cannot write {out}: {error.strerror}") from None


def _are_codes(content: bytes) -> bool:
    return bool(_FIRST_LINE.match(content))


def _progress(codes: Iterable[Any], count: int, out: IO[str]) -> Any:
    """A bar on stderr, where a person looks on and the codes themselves do not scroll by."""
    if not sys.stderr.isatty() or out.isatty():
        return nullcontext(codes)
    return click.progressbar(
        codes, length=count, label="Minting", file=sys.stderr, update_min_steps=max(count // 200, 1)
    )
