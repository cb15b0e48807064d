"""Command-line flags: those made from the settings, and those that say which emulator to ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..core.settings import (
    PREFIX,
    Setting,
    Settings,
    SettingsError,
    all_settings,
    from_environment,
    local_url,
    read_settings,
)

if TYPE_CHECKING:
    from ..testing.client import Client

F = TypeVar("F", bound=Callable[..., Any])


# By the last word of a setting's name.
_METAVARS = {
    "cert": "FILE",
    "dir": "DIR",
    "file": "FILE",
    "host": "HOST",
    "hosts": "HOST",
    "key": "FILE",
    "port": "PORT",
}


class NoPortYetError(click.ClickException):
    """The port file that the environment names does not exist yet."""


def settings_flags(command: F) -> F:
    """Give a command a flag for each setting; the values are its keyword arguments."""
    names = [setting.name for setting in all_settings()]
    return some_settings_flags(*names)(command)


def some_settings_flags(*names: str) -> Callable[[F], F]:
    """Give a command a flag for each of these settings."""

    def add(command: F) -> F:
        for setting in reversed(all_settings()):
            if setting.name in names and setting.name != "scenario":  # the argument
                command = _option(setting)(command)
        return command

    return add


def settings(flags: dict[str, Any]) -> Settings:
    """The settings of this run; a mistake in one ends the command."""
    try:
        return read_settings(flags)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None


def server_flags(command: F) -> F:
    """Give a command the flags that say which emulator to ask."""
    url = click.option(
        "--url",
        metavar="URL",
        help="Base URL of the emulator or of one of its worlds."
        f" [env: {PREFIX}URL] [default: where serve listens in the same environment]",
    )
    [token] = [setting for setting in all_settings() if setting.name == "control_token"]
    return url(_option(token)(command))


def asks_server(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command a client of the emulator to ask; a refusal ends the command."""

    @wraps(command)
    def run(url: str | None, control_token: str | None, **flags: Any) -> Any:
        from ..testing.client import ClientError

        try:
            return command(client(url, control_token), **flags)
        except ClientError as error:
            raise click.ClickException(str(error)) from None

    return server_flags(run)


def client(url: str | None, control_token: str | None, *, timeout: float = 30) -> Client:
    """A client of the emulator that the flags and the environment name."""
    from ..testing.client import Client  # serve does without the modules below it

    chosen = settings({"control_token": control_token})
    base_url = url or from_environment("URL") or _listening(chosen)
    try:
        return Client(base_url, chosen.control_token, timeout=timeout)
    except ValueError as error:
        raise click.UsageError(f"--url ({PREFIX}URL): {error}") from None


def help_text(setting: Setting) -> str:
    """What a setting does, its variable, and its default."""
    parts = [setting.description]
    if setting.is_repeatable:
        parts.append("Repeatable.")
    parts.append(f"[env: {setting.variable}]")
    if setting.default_text:
        parts.append(f"[default: {setting.default_text}]")
    return " ".join(parts)


def metavar(setting: Setting) -> str | None:
    """The word for the value in a flag's help, such as PORT; None if the flag takes none."""
    if setting.is_switch:
        return None
    if " or " in setting.expected:
        return setting.expected.replace(" or ", "|")
    number = setting.expected.startswith("a whole number")
    return _METAVARS.get(setting.name.rpartition("_")[2], "N" if number else "TEXT")


def _option(setting: Setting) -> Callable[[F], F]:
    return click.option(
        setting.flag,
        setting.name,
        is_flag=setting.is_switch,
        default=None,
        multiple=setting.is_repeatable,
        metavar=metavar(setting),
        help=help_text(setting),
    )


def _listening(chosen: Settings) -> str:
    """Where a server with these settings can be reached from this machine."""
    if chosen.port_file:
        return local_url(chosen.host[0], _written_port(chosen.port_file))
    if not chosen.port[0]:
        raise click.UsageError(
            f"{PREFIX}PORT is 0, so nobody knows the port: set {PREFIX}PORT_FILE too, or give --url"
        )
    return local_url(chosen.host[0], chosen.port[0])


def _written_port(path: str) -> int:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no port"
        raise NoPortYetError(f"no emulator has written its port to {path} yet ({reason})") from None
