"""Command-line flags: made from the settings, and those of the commands that talk to a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from .client import Client
from .settings import (
    PREFIX,
    Setting,
    Settings,
    SettingsError,
    from_environment,
    listed,
    local_url,
    merge,
)

F = TypeVar("F", bound=Callable[..., Any])


def settings_flags(command: F) -> F:
    """Give a command every setting as a flag; they arrive as keyword arguments."""
    for setting in reversed(listed()):
        if setting.name != "scenario":  # the argument
            command = _option(setting)(command)
    return command


def server_flags(command: F) -> F:
    """Give a command the flags that say which emulator to ask."""
    url = click.option(
        "--url",
        metavar="URL",
        help="Base URL of the emulator or of one of its worlds."
        f" [env: {PREFIX}URL] [default: where `serve` with the same environment listens]",
    )
    [token] = [setting for setting in listed() if setting.name == "control_token"]
    return url(_option(token)(command))


def settings(flags: dict[str, Any]) -> Settings:
    """The settings of this run; a mistake in one ends the command."""
    try:
        return merge(flags)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None


def client(url: str | None, control_token: str | None) -> Client:
    """A client of the emulator that the flags and the environment mean."""
    chosen = settings({"control_token": control_token})
    try:
        return Client(
            url or from_environment("URL") or _listening(chosen), token=chosen.control_token
        )
    except ValueError as error:
        raise click.UsageError(f"--url ({PREFIX}URL): {error}") from None


def _listening(chosen: Settings) -> str:
    """Where a server with these settings can be reached from this machine."""
    port = _written_port(chosen.port_file) if chosen.port_file else chosen.port[0]
    if not port:
        raise click.ClickException(
            f"{PREFIX}PORT is 0, so the port is not known here; set {PREFIX}PORT_FILE or give --url"
        )
    return local_url(chosen.host[0], port)


def _written_port(path: str) -> int:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no port"
        raise click.ClickException(
            f"no emulator has written its port to {path} yet ({reason})"
        ) from None


def _option(setting: Setting) -> Callable[[F], F]:
    return click.option(
        setting.flag,
        setting.name,
        is_flag=setting.is_switch,
        default=None,
        multiple=setting.is_repeatable,
        metavar=None if setting.is_switch else _metavar(setting),
        help=help_text(setting),
    )


def _metavar(setting: Setting) -> str:
    if setting.name.endswith("_file"):
        return "PATH"
    return "N" if setting.expected.startswith("a whole number") else "TEXT"


def help_text(setting: Setting) -> str:
    """What a setting does, how to set it without the flag, and what it is otherwise."""
    parts = [setting.description]
    if setting.is_repeatable:
        parts.append("Repeatable.")
    parts.append(f"[env: {setting.variable}]")
    if setting.default not in ("", (), False):
        shown = ", ".join(map(str, setting.default)) if setting.is_repeatable else setting.default
        parts.append(f"[default: {shown}]")
    return " ".join(parts)
