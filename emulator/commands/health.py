"""`wechat-emulator health`: does the emulator answer? Exit code 0 or 1."""

from __future__ import annotations

import click

from .. import options


@click.command("health")
@options.server_flags
def command(url: str | None, control_token: str | None) -> None:
    """Say whether the emulator is ready: exit code 0, or 1 and why not."""
    click.echo(options.client(url, control_token).ready())
