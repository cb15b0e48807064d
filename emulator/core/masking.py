"""Masks secrets, keys, tokens and phone numbers wherever a call is shown."""

from __future__ import annotations

import re
from urllib.parse import unquote

# Any name that contains one of these words: a misspelt parameter shows a secret just as well. The
# bounds, the lookbehind and the `++` keep the time linear, also for a hostile text.
_WORD = r"(?:secret|session_?key|token|encrypt_?key|phone_?number)"
_NAME = rf"[\w.-]{{0,40}}{_WORD}[\w.-]{{0,40}}"
_PAIR = re.compile(r"(?<![\w.%-])([\w.%-]++)=([^&\s]*)")
_SECRET_WORD = re.compile(f"(?i){_WORD}")
_SECRET = re.compile(r"[0-9a-f]{32}")
_IN_JSON = re.compile(rf'(?i)("{_NAME}"\s*:\s*\[?\s*)(?:"((?:[^"\\]|\\.)*)"|(\d+))')


def query(text: str) -> str:
    """A query string, a form or a path with its secrets masked."""
    if "=" not in text:
        return text  # most paths: they come with every line of the log
    return _PAIR.sub(_pair, text)


def body(data: bytes) -> str:
    """The body of a request or a reply as text, with its secrets masked."""
    text = data.decode("utf-8", "replace")
    return query(_IN_JSON.sub(lambda m: f'{m[1]}"{mask(m[2] or m[3] or "")}"', text))


def mask(secret: str) -> str:
    """`****cdef`: the last four characters, or none of a secret too short to show any.

    A hint and the log use the same form as the journal, so that one can be searched for the other.
    """
    return "****" + (secret[-4:] if len(secret) >= 11 else "")


def appid(text: str) -> str:
    """An appid as it was sent; masked if somebody sent the secret there."""
    return mask(text) if _SECRET.fullmatch(text) else text


def short_code(code: str) -> str:
    """The first six characters of a js_code, for the log."""
    return code if len(code) <= 6 else code[:6] + "…"


def _pair(found: re.Match[str]) -> str:
    name, value = unquote(found[1]), found[2]
    if _SECRET_WORD.search(name):
        value = mask(value)
    elif name == "appid":
        value = appid(value)
    return f"{found[1]}={value}"
