"""What may be shown of a call: secrets, keys, tokens and phone numbers are cut short."""

from __future__ import annotations

import re
from urllib.parse import unquote

# Any name that holds one of these words, as misspelt ones leak just the same. The bounds, the look
# behind and the `++` keep a hostile text from costing more than its length.
_WORD = r"(?:secret|session_?key|token|encrypt_?key|phone_?number)"
_NAME = rf"[\w.-]{{0,40}}{_WORD}[\w.-]{{0,40}}"
_PAIR = re.compile(r"(?<![\w.%-])([\w.%-]++)=([^&\s]*)")
_TELLS = re.compile(f"(?i){_WORD}")
_SHAPE = re.compile(r"[0-9a-f]{32}")
_IN_JSON = re.compile(rf'(?i)("{_NAME}"\s*:\s*\[?\s*)(?:"((?:[^"\\]|\\.)*)"|(\d+))')


def query(text: str) -> str:
    """A query string, form body or path with its secrets masked."""
    if "=" not in text:
        return text  # most paths, in the log's every line
    return _PAIR.sub(_pair, text)


def body(data: bytes) -> str:
    """A request's or reply's body as text, its secrets masked."""
    text = data.decode("utf-8", "replace")
    return query(_IN_JSON.sub(lambda m: f'{m[1]}"{mask(m[2] or m[3] or "")}"', text))


def mask(secret: str) -> str:
    """Stars and the last four characters, or only stars where that would tell too much."""
    return "****" + (secret[-4:] if len(secret) >= 11 else "")


def appid(text: str) -> str:
    """An appid as it was sent, unless it is a secret that stands in the wrong place."""
    return mask(text) if _SHAPE.fullmatch(text) else text


def short_code(code: str) -> str:
    """The first six characters of a js_code, for the log."""
    return code if len(code) <= 6 else code[:6] + "…"


def _pair(found: re.Match[str]) -> str:
    name, value = unquote(found[1]), found[2]
    if _TELLS.search(name):
        value = mask(value)
    elif name == "appid":
        value = appid(value)
    return f"{found[1]}={value}"
