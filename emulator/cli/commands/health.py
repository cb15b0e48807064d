"""`wechat-emulator health`: does the emulator answer? Exit code 0 or 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .. import options

if TYPE_CHECKING:
    from ...testing.client import Client


@click.command("health")
@options.asks_server
def command(emulator: Client) -> None:
    """Say whether the emulator is ready.

    Exit code 0, or 1 and why not.
    """
    click.echo(f"{emulator.url} is {emulator.ready()}")
