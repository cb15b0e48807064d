"""Why the signature of a session's call is wrong: what was signed instead, and with what."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from hashlib import md5, sha1, sha256
from urllib.parse import quote

from ..core.call import Call
from ..core.damage import damage, no_value
from ..core.entities import Session
from .crypto import session_signature
from .decrypt_diagnosis import UNPADDED, mend

# How people write a digest that should be in lowercase hex. What is no text arrives spoilt.
_FORMS: tuple[tuple[str, Callable[[bytes], str]], ...] = (
    ("", bytes.hex),
    ("it came in upper case", lambda digest: digest.hex().upper()),
    ("it came in base64", lambda digest: b64encode(digest).decode()),
    ("it came in base64", lambda digest: b64encode(digest).decode().replace("+", " ")),
    ("the raw bytes came", lambda digest: digest.decode("utf-8", "replace")),
    ("the raw bytes came", lambda digest: digest.decode("latin-1")),
    ("the hex digits came in base64", lambda digest: b64encode(digest.hex().encode()).decode()),
)
_HEX = "the signature must be in lowercase hex"
_NO_MESSAGE = "for a call without a body the message is the empty string"
_HOW = "HMAC-SHA256, the session_key's base64 text as the key, in lowercase hex"


def why_wrong_signature(call: Call, session: Session) -> str:
    """What was signed, or with what, instead of the empty string with the session_key's text."""
    signature = call.params.get("signature", "")
    if not signature:
        empty = "signature" in call.params
        return "'signature=' is empty" if empty else "the query string has no 'signature'"
    if call.body:
        return "the call must have no body at all, not even {}: everything is in the URL"
    right = session_signature(b"", session.session_key)
    if how := damage(signature, lambda text: right if text.lower() == right else None):
        return f"{_HEX}: it is the right one {how}"
    return (
        no_value(signature)
        or _recognised(signature, call, session)
        or "no signature over the empty string with the key of this openid's latest exchange: "
        + _HOW
    )


def _recognised(signature: str, call: Call, session: Session) -> str:
    """What was done instead, if it is one of the usual mistakes."""
    sent = signature.encode()
    for reason, digest in _likely(call, session):
        for form, write in _FORMS:
            if hmac.compare_digest(sent, write(digest).encode()):
                return "; ".join(filter(None, [reason, form and f"{_HEX}, {form}"]))
    return ""


def _likely(call: Call, session: Session) -> Iterator[tuple[str, bytes]]:
    """Digests that people make, each with what is wrong about it besides its form."""
    key = session.session_key
    raw = b64decode(key)
    yield "", _hmac(key, b"")
    decoded = "the session_key was decoded: the HMAC's key is its base64 text as it came"
    yield decoded, hmac.digest(raw, b"", sha256)
    yield from _other_keys(session)
    for what, message in _messages(call, session):
        yield f"{what} was signed: {_NO_MESSAGE}", _hmac(key, message)
        yield f"{what} was signed: {_NO_MESSAGE}; {decoded}", hmac.digest(raw, message, sha256)
    swapped = "key and message are swapped: the session_key is the key, the empty string is signed"
    for other in (b"", *(message for _, message in _messages(call, session))):
        yield swapped, hmac.digest(other, key.encode(), sha256)
    yield from _other_hashes(key)


def _other_keys(session: Session) -> Iterator[tuple[str, bytes]]:
    key = session.session_key
    if session.previous_key:
        yield (
            "signed with the session_key before this one: a newer login (or a reset) replaced it; "
            "store the key of the latest exchange",
            _hmac(session.previous_key, b""),
        )
    for text in (key.replace("/", "\\/"), quote(key, safe=""), key.replace("+", " "), f'"{key}"'):
        if text != key:
            yield f"the session_key was damaged: {mend(text)[1][0]}", _hmac(text, b"")
    yield f"the session_key was damaged: {UNPADDED}", _hmac(key.rstrip("="), b"")


def _messages(call: Call, session: Session) -> Iterator[tuple[str, bytes]]:
    """What people sign, in words and as bytes."""
    for what, text in {
        "the openid": session.openid,
        "the session_key": session.session_key,
        "the path": call.path,
        "the appid": session.appid,
        "the access_token": call.params.get("access_token", ""),
        "the sig_method": call.params.get("sig_method", ""),
    }.items():
        yield what, text.encode()
    for message in (b"{}", b'""', b"[]", b"null", b"undefined", b" ", b"\n"):
        yield "something", message


def _other_hashes(key: str) -> Iterator[tuple[str, bytes]]:
    text = key.encode()
    yield f"it was made with SHA-1: WeChat wants {_HOW}", hmac.digest(text, b"", sha1)
    for name, plain in (("SHA-1", sha1), ("SHA-256", sha256), ("MD5", md5)):
        hashed = plain(text, usedforsecurity=False).digest()
        yield f"it is the plain {name} of the session_key: WeChat wants {_HOW}", hashed
    yield f"it was made with MD5: WeChat wants {_HOW}", hmac.digest(text, b"", md5)


def _hmac(key: str, message: bytes) -> bytes:
    return hmac.digest(key.encode(), message, sha256)
