"""Why data does not decrypt, in words that say what to change."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, json

from ..core.masking import mask, quoted
from ..core.validation import NOT_JSON
from .crypto import BLOCK, PaddingError, decrypt

_FOLDED = "it is folded into lines: WeChat's base64 is one line, so do not wrap it"
_FOLDS = re.compile(r"\\r|\\n|[\r\n]")
_TWICE_ESCAPED = re.compile("%25[0-9A-Fa-f]{2}")
# What happens to base64 between a phone and a backend: how it shows, how to undo it, how to end it.
_DAMAGES: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("%25", lambda text: unquote(unquote(text)) if _TWICE_ESCAPED.search(text) else text,
     "it is URL-encoded twice: encode it once only, most clients do it by themselves"),
    ("%", unquote, "it is still URL-encoded: decode it once"),
    ("\"", lambda text: text.strip('"\\'), "it stands in quotes: it is still JSON, parse it"),
    ("'", lambda text: text.strip("'"), "it stands in quotes: take them off"),
    ("\\/", lambda text: text.replace("\\/", "/"),
     "its '/' are still escaped as '\\/': parse the JSON it came in, do not cut it out"),
    ("\r", lambda text: _FOLDS.sub("", text), _FOLDED),
    ("\\", lambda text: _FOLDS.sub("", text), _FOLDED),
    (" ", lambda text: text.replace(" ", "+"),
     "its '+' were turned into blanks: URL-encode it (%2B) or send it in a JSON body"),
    ("-", lambda text: text.replace("-", "+"), "'-' stands for '+': WeChat uses plain base64"),
    ("_", lambda text: text.replace("_", "/"), "'_' stands for '/': WeChat uses plain base64"),
)  # fmt: skip
_COLUMNS = (64, 100, 128, 191, 200, 255, 256, 500, 512, 1000, 1024)
"""Lengths that people give a column of text."""
UNPADDED = "its '=' at the end are gone: a cookie or a k=v parser cut it there"


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
        if (opened := _swapped(ciphertext, key, vector)) is not None:
            return opened
        why = _why_unpadded(error.plaintext) + _column_of(encrypted_data)
        return Opened(problems=(*problems, why))
    return _read(plaintext, appid, problems)


def _swapped(ciphertext: bytes, key: bytes, vector: bytes) -> Opened | None:
    """What comes out with key and iv the other way round, if anything does."""
    try:
        plaintext = decrypt(ciphertext, vector, key)
        data = json.decode(plaintext)
    except (PaddingError, *NOT_JSON):
        return None
    swapped = "session_key and iv are swapped: each stands where the other belongs"
    return Opened(plaintext.decode("utf-8", "replace"), data, (swapped,))


def _decode(name: str, text: str, problems: list[str]) -> bytes | None:
    """The bytes behind a field's base64, None if there is no way."""
    if not text:
        problems.append(f"{name} is empty")
        return None
    mended, found = mend("".join(text.strip("\r\n").split("\n")))
    problems += [f"{name}: {problem}" for problem in found]
    # Of four characters one alone holds no byte: no '=' was cut there, but text.
    lacking = -len(mended) % 4
    try:
        data = b64decode(mended + "=" * lacking if lacking < 3 else mended[:-1], validate=True)
    except (Error, ValueError):
        shown = mask(text) if name == "session_key" else quoted(text, 24)
        problems.append(f"{name} is not base64: {shown}")
        return None
    if wrong := _wrong_length(name, data):
        problems.append(wrong + _column_of(mended))
        return None
    if lacking:
        problems.append(f"{name}: {UNPADDED}")
    return data


def mend(text: str) -> tuple[str, list[str]]:
    """Base64 with its damage undone, and the damage in words; a lost `=` is not put back."""
    # A '+' at either end became a blank, too: only a blank too many is one that was added.
    if len(text) % 4 and len(text.strip(" ")) % 4 == 0:
        text = text.strip(" ")
    found = []
    for sign, undo, problem in _DAMAGES:
        if sign in text and (mended := undo(text)) != text:
            text = mended
            found.append(problem)
    return text, found


def _column_of(text: str) -> str:
    """`; it has exactly 255 characters: …` where a column of the database may have cut it."""
    if len(text) not in _COLUMNS:
        return ""
    return f"; it has exactly {len(text)} characters, as a column VARCHAR({len(text)}) leaves of it"


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
