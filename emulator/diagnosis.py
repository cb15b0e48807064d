"""Why data does not decrypt and why a signature is wrong, in words that say what to change."""

from __future__ import annotations

import hmac
from base64 import b64decode
from hashlib import sha256

from .crypto import session_signature
from .entities import Session


def why_wrong_signature(signature: str, session: Session, body: bytes) -> str:
    """What was signed, or with what, instead of the empty string with the session_key's text."""
    if not signature:
        return "the query string has no 'signature'"
    if body:
        return "the call must have no body at all, not even {}: everything is in the URL"
    key = session.session_key
    if signature.lower() == session_signature(b"", key):
        return "the signature must be in lowercase hex"
    if signature == hmac.digest(b64decode(key), b"", sha256).hex():
        return "the session_key was decoded: the HMAC's key is its base64 text as it came"
    if session.previous_key and signature == session_signature(b"", session.previous_key):
        return (
            "signed with the session_key before this one: a newer login (or a reset) replaced it; "
            "store the key of the latest exchange"
        )
    if signature in (session_signature(text, key) for text in _LIKELY):
        return "something was signed: for a call without a body the message is the empty string"
    return (
        "no signature over the empty string with the key of this openid's latest exchange: "
        "HMAC-SHA256, the session_key's base64 text as the key, in lowercase hex"
    )


_LIKELY = (b"{}", b'""', b"null", b"undefined", b" ", b"\n")
