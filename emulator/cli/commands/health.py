"""`wechat-emulator health`: does the emulator answer? Exit code 0 or 1."""

from __future__ import annotations

import click

from .. import options


@click.command("health")
@options.server_flags
@click.option(
    "--beside",
    is_flag=True,
    help="Ask the emulator in the same container, whatever WECHAT_EMULATOR_URL says.",
)
def command(url: str | None, control_token: str | None, beside: bool) -> None:
    """Say whether the emulator is ready.

    Exit code 0, or 1 and why not.
    """
    if beside and url:
        raise click.UsageError("--beside looks for the URL itself: leave --url out")
    if beside:
        from .. import beside as neighbour

        chosen = neighbour.settings()
        url, control_token = options.listening(chosen), chosen.control_token
    with options.explained():
        emulator = options.client(url, control_token)
        click.echo(f"{emulator.url} is {emulator.ready()}")
