"""Command-line flags: made from the settings, and those of the commands that ask a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..core.numerals import whole
from ..core.settings import (
    PREFIX,
    Setting,
    Settings,
    SettingsError,
    all_settings,
    environment_copy,
    from_environment,
    local_url,
    read_settings,
)
from . import port_file

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
    """The environment says where the port will be written, but it is not there yet."""


class WholeNumber(click.IntRange):
    """A number of at least so much; click alone would read `1_000` and full-width digits, too."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; a mistake in our words if it is none."""
        try:
            number = whole(str(value))
        except ValueError:
            number = None
        if number is None or number < (self.min or 0):
            flag = param.opts[0] if param else "the number"
            expected = f"expected a whole number of at least {self.min:.0f}"
            raise click.UsageError(f"{flag}: {expected}, got {value!r}")
        return number


def settings_flags(command: F) -> F:
    """Give a command every setting as a flag; they arrive as keyword arguments."""
    names = [setting.name for setting in all_settings()]
    return some_settings_flags(*names)(command)


def some_settings_flags(*names: str) -> Callable[[F], F]:
    """Give a command these settings as flags."""

    def add(command: F) -> F:
        for setting in reversed(all_settings()):
            if setting.name in names and setting.name != "scenario":  # the argument
                command = _option(setting)(command)
        return command

    return add


def settings(flags: dict[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this run, or of one with another environment; a mistake ends the command."""
    try:
        return read_settings(flags, environment_copy() if environ is None else environ)
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
    """Hand a command the emulator to ask; what that refuses ends the command."""

    @wraps(command)
    def run(url: str | None, control_token: str | None, **flags: Any) -> Any:
        with explained():
            return command(client(url, control_token), **flags)

    return server_flags(run)


@contextmanager
def explained() -> Iterator[None]:
    """What an emulator refuses inside the block ends the command with a line."""
    from ..testing.client import ClientError

    try:
        yield
    except ClientError as error:
        raise click.ClickException(str(error)) from None


def client(url: str | None, control_token: str | None, *, timeout: float = 30) -> Client:
    """The emulator that the flags and the environment mean."""
    from ..testing.client import Client  # serve does without the modules below it

    chosen = settings({"control_token": control_token})
    base_url = url or from_environment("URL") or listening(chosen)
    try:
        return Client(base_url, chosen.control_token, timeout=timeout)
    except ValueError as error:
        raise click.UsageError(f"--url ({PREFIX}URL): {error}") from None


def help_text(setting: Setting) -> str:
    """What a setting does, how to set it without the flag, and what it is otherwise."""
    parts = [setting.description]
    if setting.is_repeatable:
        parts.append("Repeatable.")
    parts.append(f"[env: {setting.variable}]")
    if setting.default_text:
        parts.append(f"[default: {setting.default_text}]")
    return " ".join(parts)


def metavar(setting: Setting) -> str | None:
    """What stands for the value in a flag's help."""
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
        hidden=setting.is_hidden,
    )


def listening(chosen: Settings) -> str:
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
        return port_file.read(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no port"
        raise NoPortYetError(f"no emulator has written its port to {path} yet ({reason})") from None
