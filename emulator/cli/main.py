"""The command `wechat-emulator`: `serve` unless its first word names another command."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from itertools import pairwise
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import click

from ..core.settings import all_settings
from . import commands

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_DEFAULT = "serve"
_OWN_FLAGS = ("-h", "--help", "--version")
_HELP = "help"
_HELP_NAMES = ["-h", "--help"]


class Commands(click.Group):
    """The files of `emulator.cli.commands`, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file's name."""
        return sorted(module.name for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command in the file of this name."""
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{commands.__name__}.{name}").command
        # Said to each: a command keeps the help option that it was first asked for.
        command.context_settings.setdefault("help_option_names", _HELP_NAMES)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move the command's name to the front, or put `serve` there."""
        completing = ctx.resilient_parsing
        if args[:1] == [_HELP] and not os.path.exists(_HELP):  # `help login` is `login --help`
            args = [*args[1:2], "--help"]
        if not completing and (not args or args[0] not in _OWN_FLAGS):
            args = _with_command(args, self.list_commands(ctx))
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and the flags of `serve`, which needs no name."""
        serve = self.get_command(ctx, _DEFAULT)
        own = super().shell_complete(ctx, incomplete)
        return own + (serve.shell_complete(ctx, incomplete) if serve else [])

    def main(self, *args: Any, **more: Any) -> Any:
        """Run; a mistake of the caller's is one line on stderr."""
        more |= {"standalone_mode": False, "prog_name": "wechat-emulator"}
        try:
            sys.exit(super().main(*args, **more))
        except click.ClickException as error:
            click.echo(f"wechat-emulator: {error.format_message()}", err=True)
            sys.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            sys.exit(130)
        except OSError as error:
            if error.errno != errno.EPIPE:
                raise
            # Whoever read our output has enough; the interpreter's own last flush would complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)


def _with_command(args: list[str], names: list[str]) -> list[str]:
    if args and args[0] in names:
        return args
    if args and not args[0].startswith("-"):
        _refuse_misspelt(args[0], names)
        return [_DEFAULT, *args]
    with_value = {setting.flag for setting in all_settings() if not setting.is_switch}
    for i, (before, word) in enumerate(pairwise(["", *args])):
        if word in names and before not in with_value:
            return [word, *args[:i], *args[i + 1 :]]
    return [_DEFAULT, *args]


def _refuse_misspelt(word: str, names: list[str]) -> None:
    """`lgoin` is no scenario, unless a file is called so."""
    from ..core.hints import nearest

    near = nearest(word, names)
    if near and not os.path.exists(word):
        raise click.UsageError(
            f"no command {word!r}; did you mean {near!r}?"
            f" (a scenario of that name: wechat-emulator {_DEFAULT} {word})"
        )


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from ..core.version import version

        click.echo(f"wechat-emulator {version()}")
        ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": _HELP_NAMES})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """WeChat's login API, offline, for tests.

    Without a command it serves: `wechat-emulator busy.yaml --port 9000`. Each flag of `serve` is
    also a variable: WECHAT_EMULATOR_PORT for --port. `COMMAND --help` shows a command's flags.
    """
