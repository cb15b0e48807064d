"""`wechat-emulator authorize`: agree to a web login once; prints where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .. import options

if TYPE_CHECKING:
    from ...testing.client import Client


@click.command("authorize")
@click.option("--user", default="alice", show_default=True, metavar="NAME", help="Who agrees.")
@click.option("--appid", help="To which app. [default: the first declared, or any]")
@click.option("--redirect-uri", metavar="URL", help="Where the site wants the user back.")
@click.option(
    "--scope",
    type=click.Choice(["snsapi_base", "snsapi_userinfo", "snsapi_login"]),
    help="What the site asks for. [default: what fits the app's kind]",
)
@click.option("--state", metavar="TEXT", help="What the site wants back with the code.")
@options.asks_server
def command(emulator: Client, **fields: Any) -> None:
    """Agree to a web login, and print where it leads.

    Without --redirect-uri that is the code alone.
    """
    answer = emulator.authorize(**fields)
    click.echo(answer["location"] or answer["code"])
