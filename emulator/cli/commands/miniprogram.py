"""`wechat-emulator miniprogram [DIR|app.js]`: run a mini program against the developer's server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from .. import options

if TYPE_CHECKING:
    from ...testing.client import Client

_FORMS = ("js", "cjs", "d.ts")


def _print_source(ctx: click.Context, _: click.Parameter, form: str | None) -> None:
    if form:
        from ...miniprogram import read_source

        click.echo(read_source(f"wx.{form}"), nl=False)
        ctx.exit()


@click.command("miniprogram")
@click.argument("place", default=".", metavar="[DIR|app.js]")
@click.option("--user", default="alice", show_default=True, metavar="NAME", help="Whose phone.")
@click.option("--appid", help="As which app. [default: that of project.config.json]")
@click.option(
    "--server",
    "servers",
    multiple=True,
    metavar="DOMAIN=URL",
    help="A domain the mini program may call, and where your server really is: "
    "https://test.com=http://127.0.0.1:5000. Repeatable.",
)
@click.option("--page", metavar="PATH", help="The page to open. [default: the first of app.json]")
@click.option(
    "--tap",
    "taps",
    multiple=True,
    metavar="SELECTOR|HANDLER",
    help="What to tap on then: #id, .class, [open-type=getPhoneNumber] or a handler. Repeatable.",
)
@click.option("--strict", is_flag=True, help="Exit 1 also if a call failed or got status 400 up.")
@click.option(
    "--no-domain-check",
    is_flag=True,
    help="Let it call any URL, as the devtools' box of that name does.",
)
@click.option(
    "--print",
    is_flag=False,
    flag_value="js",
    type=click.Choice(_FORMS),
    metavar="[js|cjs|d.ts]",
    is_eager=True,
    expose_value=False,
    callback=_print_source,
    help="Print wx.js, wx.cjs or wx.d.ts for a test set-up, and exit.",
)
@options.asks_server
def command(
    emulator: Client, place: str, *, servers: tuple[str, ...], no_domain_check: bool, **given: Any
) -> None:
    """Run a mini program on Node, with WeChat emulated.

    Runs onLaunch, onShow and the first page, waits until no call is under way, and prints a line
    for each wx call. Exit code 1 if an error went uncaught, 2 if there is no mini program.
    """
    from ...miniprogram import NodeError, play, read_servers

    try:
        wanted = {
            "root": place,
            "url": emulator.url,
            "token": emulator.token,
            "servers": read_servers(servers),
            "domainCheck": not no_domain_check,
            **{name: value for name, value in given.items() if value is not None},
        }
        sys.exit(play(wanted, capture=False).returncode)
    except ValueError as error:
        raise click.UsageError(f"--server: {error}") from None
    except NodeError as error:
        raise click.ClickException(str(error)) from None
