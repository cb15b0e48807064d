"""`wechat-emulator wait`: waits until the emulator is ready."""

from __future__ import annotations

import time
from typing import Any

import click

from ...core.duration import Duration
from .. import options

_PAUSE = 0.05


@click.command("wait")
@click.option(
    "--timeout", default="30s", show_default=True, metavar="DURATION", help="How long to wait."
)
@options.server_flags
def command(timeout: str, **flags: Any) -> None:
    """Wait until the emulator is ready.

    Exit code 0, or 1 and why not if it is not ready in time.
    """
    from ...testing.client import ClientError

    deadline = time.monotonic() + _seconds(timeout)
    while True:
        left = deadline - time.monotonic()
        try:
            emulator = options.client(**flags, timeout=max(left, _PAUSE))
            click.echo(f"{emulator.url} is {emulator.ready()}")
            return
        except (ClientError, options.NoPortYetError) as error:
            if left <= 0:
                raise click.ClickException(f"not ready after {timeout}: {error}") from None
        time.sleep(min(left, _PAUSE))


def _seconds(timeout: str) -> float:
    try:
        return Duration.parse(timeout)
    except ValueError as error:
        raise click.UsageError(f"--timeout: {error}") from None
