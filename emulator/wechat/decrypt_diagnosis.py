"""Why data does not decrypt and why a signature is wrong, in words that say what to change."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

from msgspec import Struct, json

from ..core.entities import Session
from ..core.masking import mask, quoted
from ..core.validation import NOT_JSON
from .crypto import BLOCK, PaddingError, decrypt, session_signature

# What happens to base64 between a phone and a backend: how it shows, how to undo it, how to end it.
_DAMAGES: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("\\/", lambda text: text.replace("\\/", "/"),
     "its '/' are still escaped as '\\/': parse the JSON it came in, do not cut it out"),
    ("%", unquote, "it is still URL-encoded: decode it once"),
    (" ", lambda text: text.replace(" ", "+"),
     "its '+' were turned into blanks: URL-encode it (%2B) or send it in a JSON body"),
    ("-", lambda text: text.replace("-", "+"), "'-' stands for '+': WeChat uses plain base64"),
    ("_", lambda text: text.replace("_", "/"), "'_' stands for '/': WeChat uses plain base64"),
)  # fmt: skip
_UNPADDED = "its '=' at the end are gone: a cookie or a k=v parser cut it there"


class Opened(Struct, frozen=True):
    """What came out of some encryptedData, and what is wrong with it or stood in the way."""

    plaintext: str = ""
    """Empty if nothing readable came out."""
    data: Any = None
    """The plaintext's JSON."""
    problems: tuple[str, ...] = ()


def open_sealed(encrypted_data: str, session_key: str, iv: str, appid: str = "") -> Opened:
    """The data, with every problem found on the way; damage that can be undone is."""
    problems: list[str] = []
    sealed = {"encryptedData": encrypted_data, "session_key": session_key, "iv": iv}
    decoded = {name: _decode(name, text, problems) for name, text in sealed.items()}
    ciphertext, key, vector = decoded.values()
    if ciphertext is None or key is None or vector is None:
        return Opened(problems=tuple(problems))
    try:
        plaintext = decrypt(ciphertext, key, vector)
    except PaddingError as error:
        return Opened(problems=(*problems, _why_unpadded(error.plaintext)))
    return _read(plaintext, appid, problems)


def why_wrong_signature(signature: str, session: Session, body: bytes) -> str:
    """What was signed, or with what, instead of the empty string with the session_key's text."""
    if not signature:
        return "the query string has no 'signature'"
    if body:
        return "the call must have no body at all, not even {}: everything is in the URL"
    for reason, made in _likely_signatures(session):
        if hmac.compare_digest(signature.encode(), made.encode()):
            return reason
    return (
        "no signature over the empty string with the key of this openid's latest exchange: "
        "HMAC-SHA256, the session_key's base64 text as the key, in lowercase hex"
    )


def _decode(name: str, text: str, problems: list[str]) -> bytes | None:
    """The bytes behind a field's base64, None if there is no way."""
    if not text:
        problems.append(f"{name} is empty")
        return None
    mended, found = _mend("".join(text.split("\n")).strip())
    problems += [f"{name}: {problem}" for problem in found]
    try:
        data = b64decode(mended, validate=True)
    except (Error, ValueError):
        shown = mask(text) if name == "session_key" else quoted(text, 24)
        problems.append(f"{name} is not base64: {shown}")
        return None
    if wrong := _wrong_length(name, data):
        problems.append(wrong)
        return None
    return data


def _mend(text: str) -> tuple[str, list[str]]:
    found = []
    for sign, undo, problem in _DAMAGES:
        if sign in text:
            text = undo(text)
            found.append(problem)
    if lacking := -len(text) % 4:
        text += "=" * lacking
        found.append(_UNPADDED)
    return text, found


def _wrong_length(name: str, data: bytes) -> str:
    size = len(data)
    if name != "encryptedData":
        wanted = "24 characters of base64 that stand for 16 bytes"
        return "" if size == BLOCK else f"{name}: expected {wanted}, got {size} bytes"
    if size and size % BLOCK == 0:
        return ""
    return f"encryptedData: expected a multiple of {BLOCK} bytes, got {size}: it was cut"


def _why_unpadded(plaintext: bytes) -> str:
    """Whether the key was wrong, the data cut, or the padding another program's."""
    last = plaintext[-1]
    if last > BLOCK and plaintext.endswith(bytes([last]) * last):
        return "encryptedData is padded with blocks of 32: WeChat pads as PKCS7 with blocks of 16"
    text = plaintext[BLOCK:].rstrip(b"\0").decode("utf-8", "replace")
    unreadable = sum(not c.isprintable() or c == "\ufffd" for c in text)
    if not text or unreadable > len(text) / 4 + 2:
        return (
            "session_key: it is not the key this was encrypted with; each exchange makes a new "
            "one, so take the key of the latest login before the phone's call"
        )
    if plaintext.endswith(b"\0"):
        return "encryptedData is padded with zeros: WeChat pads as PKCS7 with blocks of 16"
    return "encryptedData ends without padding: it was cut at a border between two blocks"


def _read(plaintext: bytes, appid: str, problems: list[str]) -> Opened:
    text = plaintext.decode("utf-8", "replace")
    try:
        data = json.decode(plaintext)
    except NOT_JSON:
        rest = plaintext[BLOCK:].decode("utf-8", "ignore")
        # CBC spoils the first block alone when the iv is another one.
        iv = len(rest) > BLOCK and rest.isprintable()
        problems.append(
            "iv: it is another call's, only the first 16 bytes are unreadable"
            if iv
            else "session_key: what comes out is no JSON, so the key is most likely another one"
        )
        return Opened(text if iv else "", problems=tuple(problems))
    problems += _wrong_watermark(data, appid)
    return Opened(text, data, tuple(problems))


def _wrong_watermark(data: Any, appid: str) -> Iterator[str]:
    watermark = data.get("watermark") if isinstance(data, dict) else None
    if not isinstance(watermark, dict):
        yield "there is no watermark: WeChat puts one into everything it encrypts"
    elif appid and (sent := watermark.get("appid")) != appid:
        yield f"the watermark names {sent}, expected {appid}: the data is of another app's user"


def _likely_signatures(session: Session) -> Iterator[tuple[str, str]]:
    """Signatures that people make, each with what went wrong."""
    key = session.session_key
    yield "the signature must be in lowercase hex", session_signature(b"", key).upper()
    yield (
        "the session_key was decoded: the HMAC's key is its base64 text as it came",
        hmac.digest(b64decode(key), b"", sha256).hex(),
    )
    if session.previous_key:
        yield (
            "signed with the session_key before this one: a newer login (or a reset) replaced it; "
            "store the key of the latest exchange",
            session_signature(b"", session.previous_key),
        )
    damaged = (key.replace("/", "\\/"), quote(key, safe=""), key.replace("+", " "))
    for text in (*damaged, key.rstrip("=")):
        if text != key:
            yield f"the session_key was damaged: {_mend(text)[1][0]}", session_signature(b"", text)
    for message in (b"{}", b'""', b"null", b"undefined", b" ", b"\n"):
        yield (
            "something was signed: for a call without a body the message is the empty string",
            session_signature(message, key),
        )
