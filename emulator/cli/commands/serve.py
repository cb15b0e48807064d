"""`wechat-emulator [serve] [SCENARIO]`: run the emulator until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ...core.settings import (
    Settings,
    SettingsError,
    all_settings,
    temporary_variable,
    unknown_variables,
)
from .. import options

if TYPE_CHECKING:
    from ...http.server import Server

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@click.command("serve")
@click.argument("scenario", required=False)
@options.settings_flags
def command(**flags: Any) -> None:
    """Run the emulator (the default command).

    SCENARIO is a YAML file, a folder of them, or the name of a shipped one. When it answers, it
    prints `wechat-emulator ready: URL` on stdout; the log goes to stderr.
    """
    # As process 1 of a container, a signal without a handler is lost.
    for number in _SIGNALS:
        signal.signal(number, lambda *_: sys.exit())
    _warn_of_unknown_variables()
    asyncio.run(_serve(options.settings(flags)))


def _warn_of_unknown_variables() -> None:
    for name in unknown_variables():
        from ...core.hints import did_you_mean

        near = did_you_mean(name, [setting.variable for setting in all_settings()])
        click.echo(f"wechat-emulator: warning: {name} is not a setting{near}", err=True)


async def _serve(settings: Settings) -> None:
    # aiohttp makes two TLS contexts for clients when it is imported. That is a sixth of the start,
    # unless there are no certificates to load; and we never use aiohttp's client.
    with temporary_variable("SSL_CERT_FILE", ""):
        from ...http.call_log import Notes
        from ...http.server import Server
        from ...http.sockets import AddressError
        from ...scenario.report import ScenarioError

    ended = _ended()
    if settings.port_file:
        _remove(settings.port_file)  # one of an earlier run would name the wrong port
    try:
        server = Server(settings)
        await server.start()
        # Here alone: inside another program, its own logging shows them.
        logging.getLogger("emulator").addHandler(Notes(server.note))
    except (AddressError, ScenarioError, SettingsError) as error:
        raise click.UsageError(str(error)) from None
    try:
        _announce(server, settings)
        await ended.wait()
    finally:
        await server.stop()


def _ended() -> asyncio.Event:
    """An event that the first SIGINT or SIGTERM sets."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in _SIGNALS:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    return ended


def _announce(server: Server, settings: Settings) -> None:
    if settings.port_file:
        _write_port(settings.port_file, urlsplit(server.url).port)
    click.echo(f"wechat-emulator ready: {server.url}")
    if not settings.quiet:
        for url in server.addresses[1:]:
            click.echo(f"also at {url}", err=True)
        for url in server.proxies:
            click.echo(f"forward proxy: HTTPS_PROXY={url}", err=True)


def _write_port(path: str, port: int | None) -> None:
    """Write the port file by renaming, so that nobody reads half a number."""
    unfinished = f"{path}.{os.getpid()}"
    try:
        with open(unfinished, "w", encoding="ascii") as file:
            file.write(f"{port}\n")
        os.replace(unfinished, path)
    except OSError as error:
        _remove(unfinished)
        raise click.UsageError(f"--port-file: cannot write {path}: {error.strerror}") from None


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
