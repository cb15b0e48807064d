"""`wechat-emulator shipped`: the scenarios that come with the emulator."""

from __future__ import annotations

import click


@click.command("shipped")
def command() -> None:
    """List the shipped scenarios: a name to serve, and what happens.

    Works offline.
    """
    from ...scenario.sources import load_named, shipped

    for name in shipped():
        click.echo(f"{name:<24} {load_named(name).scenario.name}")
