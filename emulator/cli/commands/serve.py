"""`wechat-emulator [serve] [SCENARIO]`: run the emulator until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from ...core.hosts import is_loopback
from ...core.settings import (
    Settings,
    SettingsError,
    all_settings,
    temporary_variable,
    unknown_variables,
)
from .. import options, port_file

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
    settings = options.settings(flags)
    _refuse_unused_certificate(settings)
    asyncio.run(_serve(settings))


def _refuse_unused_certificate(settings: Settings) -> None:
    """Whoever names one means to serve HTTPS, and would look long for why nothing speaks it."""
    if settings.tls_cert or settings.tls_key:
        if not settings.tls_cert:
            raise click.UsageError("--tls-key: expected --tls-cert beside it, got none")
        if not settings.tls_port and not settings.proxy_port:
            raise click.UsageError(
                "--tls-cert: expected a port that shows it, such as --tls-port 8481 or "
                "--proxy-port 8482, got none"
            )


def _warning_of(settings: Settings) -> str:
    """What to say where strangers may drive the emulator; empty where they cannot."""
    open_to = [host for host in settings.host if not is_loopback(host)]
    if not open_to or settings.control_token:
        return ""
    return (
        f"warning: who reaches {', '.join(open_to)} may drive the control API: "
        "set --control-token, or listen on 127.0.0.1 alone"
    )


def _warn_of_unknown_variables() -> None:
    for name in unknown_variables():
        from ...core.hints import did_you_mean

        near = did_you_mean(name, [setting.variable for setting in all_settings()])
        click.echo(f"wechat-emulator: warning: {name} is not a setting{near}", err=True)


async def _serve(settings: Settings) -> None:
    # aiohttp makes two TLS contexts for clients when it is imported, a sixth of the whole start;
    # without certificates to load they cost nothing, and nothing here is their client.
    with temporary_variable("SSL_CERT_FILE", ""):
        from ...http.call_log import Notes
        from ...http.server import Server
        from ...http.sockets import AddressError
        from ...scenario.report import ScenarioError

    ended = _ended()
    if settings.port_file:
        port_file.check(settings.port_file)
    try:
        server = Server(settings)
        await server.start()
        # Here alone: inside another program, its own logging shows them. All loggers, for where
        # nobody handles what asyncio or aiohttp says, logging itself writes it, and waits for it.
        logging.getLogger().addHandler(Notes(server.note))
    except (AddressError, ScenarioError, SettingsError) as error:
        raise click.UsageError(str(error)) from None
    path = settings.port_file
    try:
        with port_file.written(path, server.url) if path else nullcontext():
            _announce(server, settings)
            if warning := _warning_of(settings):
                server.note(warning)
            await ended.wait()
    finally:
        await server.stop()


def _ended() -> asyncio.Event:
    """Set by the first signal to stop."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in _SIGNALS:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    return ended


def _announce(server: Server, settings: Settings) -> None:
    click.echo(f"wechat-emulator ready: {server.url}")
    if not settings.quiet:
        for url in server.addresses[1:]:
            click.echo(f"also at {url}", err=True)
        for url in server.proxies:
            click.echo(f"forward proxy: HTTPS_PROXY={url}", err=True)
