"""`wechat-emulator login`: prints a new login code, as a phone gets one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .. import options

if TYPE_CHECKING:
    from ...testing.client import Client


@click.command("login")
@click.option("--user", default="alice", show_default=True, metavar="NAME", help="Who logs in.")
@click.option("--appid", help="Into which app. [default: the first declared, or any]")
@click.option(
    "--age", metavar="DURATION", help="How old the code is already: 5m1s makes an expired one."
)
@click.option(
    "--expires-in", metavar="DURATION", help="How long it lives. [default: as WeChat's, 5m]"
)
@click.option("--code", metavar="TEXT", help="The code's text, instead of a made-up one.")
@options.asks_server
def command(emulator: Client, **fields: Any) -> None:
    """Print a fresh login code, as wx.login() gives one on a phone."""
    click.echo(emulator.login(**fields))
