"""`wechat-emulator certificate`: what clients have to trust, and how each language is told."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path

import click

from ...core.settings import Settings, SettingsError, environment_copy
from .. import options

_WHO_READS = {
    "SSL_CERT_FILE": "Go, Ruby, .NET, Rust; Python's httpx, aiohttp, urllib",
    "REQUESTS_CA_BUNDLE": "Python's requests",
    "CURL_CA_BUNDLE": "curl",
    "HTTPLIB2_CA_CERTS": "Python's httplib2",
    "NODE_EXTRA_CA_CERTS": "Node.js",
    "PHP_INI_SCAN_DIR": "PHP",
    "JAVA_TOOL_OPTIONS": "Java and Kotlin",
}


@click.command("certificate")
@click.option("--ca-dir", metavar="DIR", help="The folder `serve --ca-dir` keeps its CA in.")
@click.option("--write", metavar="DIR", help="Write ca.pem, bundle.pem and truststore.p12 there.")
@options.server_flags
def command(
    ca_dir: str | None, write: str | None, url: str | None, control_token: str | None
) -> None:
    """Print the certificate to trust, in PEM.

    Its fingerprint and advice go to stderr. It is the one in --ca-dir, made if need be, or else
    that of the running emulator.
    """
    from ...tls.pem import fingerprint

    settings = options.settings({"ca_dir": ca_dir})
    from_server = url or not settings.ca_dir
    pem = _from_server(url, control_token) if from_server else _from_folder(settings)
    click.echo(pem, nl=False)
    click.echo(f"SHA-256 fingerprint: {fingerprint(pem)}", err=True)
    _advise(pem, write)


def _from_folder(settings: Settings) -> bytes:
    from ...tls.ca_folder import in_folder
    from ...tls.names import names_to_serve
    from ...world.clock import machine_now

    folder = settings.ca_dir
    names = names_to_serve((*settings.host, *settings.allowed_hosts))
    try:
        return in_folder(Path(folder), names, machine_now(), partial(click.echo, err=True)).pem
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"--ca-dir {folder}: {error.strerror}") from None


def _from_server(url: str | None, control_token: str | None) -> bytes:
    from ...testing.client import ClientError

    try:
        return options.client(url, control_token).certificate().encode()
    except ClientError as error:
        raise click.ClickException(f"{error} (or name the CA's folder with --ca-dir)") from None


def _advise(pem: bytes, folder: str | None) -> None:
    from ...tls import trust

    if folder is None:
        click.echo(
            "`wechat-emulator certificate --write DIR` writes the files programs need in order to "
            "trust it, and prints the variables that make them read those.",
            err=True,
        )
        return
    path = Path(folder).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        variables = trust.write(path, pem, environment_copy())
    except OSError as error:
        raise click.UsageError(
            f"--write: cannot write {error.filename}: {error.strerror}"
        ) from None
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}  # {_WHO_READS[name]}", err=True)
