"""What may be shown of a call: secrets, keys, tokens and phone numbers are cut short."""

from __future__ import annotations

import re

# Any name that holds one of these words, as misspelt ones leak just the same. The bounds keep a
# hostile text from costing more than its length.
_NAME = r"[\w.-]{0,40}(?:secret|session_?key|token|encrypt_?key|phone_?number)[\w.-]{0,40}"
_IN_QUERY = re.compile(rf"(?i)(?<![\w.-])({_NAME})=([^&\s]*)")
_IN_JSON = re.compile(rf'(?i)("{_NAME}"\s*:\s*)(?:"((?:[^"\\]|\\.)*)"|(\d+))')


def query(text: str) -> str:
    """A query string, form body or path with its secrets masked."""
    if "=" not in text:
        return text  # most paths, in the log's every line
    return _IN_QUERY.sub(lambda m: f"{m[1]}={mask(m[2])}", text)


def body(data: bytes) -> str:
    """A request's or reply's body as text, its secrets masked."""
    text = data.decode("utf-8", "replace")
    return query(_IN_JSON.sub(lambda m: f'{m[1]}"{mask(m[2] or m[3] or "")}"', text))


def mask(secret: str) -> str:
    """Stars and the last four characters, or only stars where that would tell too much."""
    return "****" + (secret[-4:] if len(secret) >= 11 else "")


def short_code(code: str) -> str:
    """The first six characters of a js_code, for the log."""
    return code if len(code) <= 6 else code[:6] + "…"
