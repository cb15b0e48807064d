"""`wechat-emulator exec [SCENARIO] -- COMMAND …`: run a command whose calls to WeChat come here."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from ...core.hosts import WECHAT_HOSTS, host_name
from ...core.settings import Settings, SettingsError, environment_copy, temporary_variable
from .. import idle_rules, options
from .. import strict as strict_rules

if TYPE_CHECKING:
    from ...http.server import Server
    from ...world.journal import Exchange

_CANNOT_RUN = 126
"""The least exit code that is not the command's own."""
_NO_PORT = """--hosts needs port 443 on {address}, and that cannot be had. One of these helps:
  - run it as root;
  - allow it: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80;
  - stop what listens on port 443 of all addresses;
  - leave --hosts out: clients that heed HTTPS_PROXY come here anyway."""

ADVICE = """it may go past HTTPS_PROXY, as these do: Python's aiohttp without trust_env, urllib3,
httplib2 and pycurl; Java's Apache HttpClient of createDefault(); PHP's file_get_contents; and where
NODE_OPTIONS is set anew, Node's fetch, https, node-fetch, undici, got, ky, urllib, superagent and
any with an own https.Agent. Try wechat-emulator exec --hosts -- …"""
"""Where to go on if a client was not caught."""
NO_CALL = f"no call of the command came to the emulator. If it makes one,\n{ADVICE}"
"""What a command without a call is told."""
SOME_CALLS = f"""the command failed, and calls came by the base URL only. If a client has
WeChat's name hard-coded, {ADVICE}"""
"""What a command is told that failed although some of its clients came."""


class WithCommand(click.Command):
    """Takes what stands behind `--` aside before click can read flags into it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Own arguments go to click, the command to `ctx.meta`."""
        own, found, command = args, "", []
        if "--" in args:
            at = args.index("--")
            own, found, command = args[:at], "--", args[at + 1 :]
        if not command and "--help" not in own:
            missing = "a command after --" if found else "-- and a command"
            raise click.UsageError(
                f"expected {missing}: wechat-emulator exec [SCENARIO] -- npm test", ctx
            )
        ctx.meta["command"] = command
        return super().parse_args(ctx, own)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The same in the help."""
        return [*super().collect_usage_pieces(ctx), "-- COMMAND ..."]


@click.command("exec", cls=WithCommand)
@click.argument("scenario", required=False)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit 1 if no call came, or one got an errcode nobody scripted or expected.",
)
@click.option(
    "--expect",
    multiple=True,
    metavar="ERRCODES",
    callback=strict_rules.read_expected,
    help="Errcodes that are meant, for --strict: 40163,40029.",
)
@click.option("--hosts", is_flag=True, help="Make the real names resolve here (Linux).")
@options.some_settings_flags("scenario_inline", "proxy_allow", "ca_dir", "log")
@click.pass_context
def command(
    ctx: click.Context, /, *, strict: bool, expect: list[int], hosts: bool, **flags: Any
) -> None:
    """Run a command whose calls to WeChat come to an emulator.

    The emulator is its own and takes free ports; COMMAND gets HTTPS_PROXY, SSL_CERT_FILE and their
    like, a preload for Node, WECHAT_API_BASE_URL and WECHAT_EMULATOR_URL. Its exit code is the
    command's; 127 and 126 say that there is no such command or that it cannot be run, 125 that
    --hosts could not do its part.
    """
    if expect and not strict:
        raise click.UsageError("--expect says what --strict lets pass: write both", ctx)
    settings = replace(
        options.settings(flags),
        host=("127.0.0.1",),
        port=(0,),
        tls_port=(0,),
        proxy_port=(0,),
        port_file="",
        quiet=True,
    )
    if hosts:
        settings = _on_a_private_address(settings)
    gc.disable()  # until it runs: what imports leave behind is not garbage
    code, calls = asyncio.run(_run(settings, ctx.meta["command"], hosts=hosts))
    if strict and code < _CANNOT_RUN and (found := strict_rules.complaints(calls, expect)):
        click.echo("wechat-emulator: --strict: " + "\n--strict: ".join(found), err=True)
        code = code or 1
    sys.exit(code)


def _on_a_private_address(settings: Settings) -> Settings:
    """Clients connect to the port in the URL: 443, and 80; each run has an address for that."""
    if sys.platform != "linux":
        raise click.UsageError(
            "--hosts needs Linux. Here, add the line `127.0.0.1 api.weixin.qq.com` to /etc/hosts, "
            "run `sudo wechat-emulator serve --port 8480 --port 80 --tls-port 443 --ca-dir DIR` "
            "and see `wechat-emulator certificate`"
        )
    number = os.getpid()
    address = f"127.84.{number >> 8 & 255}.{number & 255}"
    return replace(
        settings,
        host=(address,),
        port=(0, 80),
        tls_port=(443,),
        proxy_port=(),
        lenient_ports=True,  # 443 is looked for below; plain http is rarely needed
    )


async def _run(
    settings: Settings, command: list[str], *, hosts: bool
) -> tuple[int, list[Exchange] | None]:
    with temporary_variable("SSL_CERT_FILE", ""):  # see serve
        from ...http.server import Server
        from ...http.sockets import AddressError
        from ...scenario.report import ScenarioError
        from .. import launch

    try:
        server = Server(settings)
        await server.start()
    except (AddressError, ScenarioError, SettingsError) as error:
        raise click.UsageError(str(error)) from None
    gc.freeze()  # a third of the time to end would go into looking through all of it
    gc.enable()
    try:
        with TemporaryDirectory(prefix="wechat-emulator-") as folder:
            variables = _prepare_environment(server, Path(folder), hosts=hosts)
            if hosts:
                command = launch.with_hosts(Path(folder, "hosts"), command)
            code = await launch.run(command, variables)
        calls = _calls(server)
        if calls is not None and (idle := await idle_rules.complaint(server.worlds)):
            click.echo(f"wechat-emulator: {idle}", err=True)
        if code < 128 and not hosts and (advice := _advice(server, code, calls)):
            click.echo(f"wechat-emulator: {advice}", err=True)
        return code, calls
    except launch.NoCommandError as error:
        click.echo(f"wechat-emulator: {error}", err=True)
        return error.code, []
    finally:
        await server.stop()


def _prepare_environment(server: Server, folder: Path, *, hosts: bool) -> dict[str, str]:
    """The command's environment, and the files it points at."""
    from .. import launch

    address = server.url.partition("://")[2].rpartition(":")[0]
    if hosts and f"https://{address}:443" not in server.addresses:
        raise click.UsageError(_NO_PORT.format(address=address))
    if hosts:
        text = launch.hosts_file(address, Path("/etc/hosts").read_text("utf-8", "replace"))
        Path(folder, "hosts").write_text(text, "utf-8")
    return launch.variables(
        environment_copy(),
        folder=folder,
        pem=server.certificate,
        url=server.url,
        secured_url="" if hosts else server.addresses[1],
        proxy="" if hosts else server.proxies[0],
    )


def _advice(server: Server, code: int, calls: list[Exchange] | None) -> str:
    """What to try if a client may have gone past; who used the proxy has no need of another."""
    if server.proxy_was_used:
        return ""
    if calls is None:
        return NO_CALL
    by_name = any(host_name(call.call.headers.get("Host", "")) in WECHAT_HOSTS for call in calls)
    return SOME_CALLS if code and not by_name else ""


def _calls(server: Server) -> list[Exchange] | None:
    """The calls that every world got and still knows of; None if none ever came."""
    worlds = map(server.worlds.get, server.worlds.names())
    journals = [gateway.world.journal for gateway in worlds if gateway]
    if not any(journal.last for journal in journals):
        return None
    return [call for journal in journals for call in journal.since(0)]
