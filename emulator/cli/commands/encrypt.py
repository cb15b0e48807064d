"""`wechat-emulator encrypt`: any data as the phone would encrypt it."""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha256

import click

from ...core.masking import mask


@click.command("encrypt", context_settings={"ignore_unknown_options": True})
@click.argument("data", metavar="JSON|-")
@click.option("--session-key", required=True, help="The session_key, in base64 as it came.")
@click.option("--iv", default="", help="16 bytes in base64. [default: made from key and data]")
def command(data: str, session_key: str, iv: str) -> None:
    """Encrypt data with a session_key, as the phone does.

    It prints encryptedData, iv and signature as JSON. The data is taken as it is, watermark and
    all; a minus reads it from standard input. The signature is over the data as rawData. Works
    offline.
    """
    from msgspec import json

    from ...wechat.crypto import BLOCK, data_signature, encrypt

    if data == "-":
        data = sys.stdin.read().rstrip("\n")
    plaintext = data.encode()
    key = _bytes("--session-key", session_key)
    vector = _bytes("--iv", iv) if iv else sha256(key + plaintext).digest()[:BLOCK]
    answer = {
        "encryptedData": b64encode(encrypt(plaintext, key, vector)).decode(),
        "iv": b64encode(vector).decode(),
        "signature": data_signature(plaintext, session_key),
    }
    click.echo(json.encode(answer))


def _bytes(flag: str, text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (Error, ValueError):
        data = b""
    if len(data) != 16:
        raise click.UsageError(
            f"{flag}: expected 16 bytes in base64, got {mask(text)} of {len(text)}"
        )
    return data
