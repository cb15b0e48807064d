"""`wechat-emulator decrypt`: what is in a phone's encryptedData, or why it does not open."""

from __future__ import annotations

import sys
from typing import Any

import click
from msgspec import DecodeError, json


# Base64 of the other alphabet may start with a minus, and even with `-h`.
@click.command(
    "decrypt", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]}
)
@click.argument("data", metavar="ENCRYPTED_DATA|-")
@click.option("--session-key", required=True, help="The session_key, in base64 as it came.")
@click.option("--iv", default="", help="The iv beside the data, in base64.")
@click.option("--appid", default="", help="Whose data it should be; the watermark must say so.")
def command(data: str, session_key: str, iv: str, appid: str) -> None:
    """Print what is in encryptedData, or why it does not open.

    The data may also be the JSON that holds encryptedData and iv, as the phone gives it; a minus
    reads it from standard input. Problems go to stderr; any makes the exit status 1. Works offline.
    """
    from ...wechat.decrypt_diagnosis import open_sealed

    if data == "-":
        data = sys.stdin.read().strip()
    data, iv = _from_phone(data, iv)
    opened = open_sealed(data, session_key, iv, appid)
    if opened.plaintext:
        click.echo(opened.plaintext)
    for problem in opened.problems:
        click.echo(f"wechat-emulator: {problem}", err=True)
    if opened.problems:
        sys.exit(1)


def _from_phone(data: str, iv: str) -> tuple[str, str]:
    """encryptedData and iv, also out of the phone's own JSON."""
    if not data.startswith("{"):
        return data, iv
    try:
        answer: dict[str, Any] = json.decode(data)
        return str(answer["encryptedData"]), iv or str(answer["iv"])
    except (DecodeError, KeyError, UnicodeError):
        raise click.UsageError("the JSON must hold 'encryptedData' and 'iv'") from None
