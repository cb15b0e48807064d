"""Masks secrets, keys and tokens in whatever text is shown: by their shape, and by their name.

Every pattern here runs over what clients send. Each repetition has a bound, or takes what it can
get and never gives it back (`++`), so the time grows with the length of the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

Words = Set[str]
"""Declared secrets of shapes of their own, as `words_of` gives them."""
NONE: Words = frozenset()
STARS = b"****"
"""What every mask begins with."""
SHORTEST_SHAPE = 24
"""So many characters has what is known by its shape."""
SHORTEST = 6
"""So many characters has a secret that is looked for, or shorter words would go with it."""


def _begins(alphabet: str, read: str) -> str:
    """Holds where `read`, just matched, is no part of a longer run, or comes after an escape.

    It looks back, so that a pattern starts with a set of characters: such a search is quick.
    """
    # What a quote or a blank before a secret may look like where a text is written in another one.
    hexes = "[0-9A-Fa-f]"
    escapes = (rf"%{hexes}{{2}}", rf"%25{hexes}{{2}}", rf"\\x{hexes}{{2}}", rf"\\u{hexes}{{4}}")
    after = "|".join(f"(?<={escape}{read})" for escape in (*escapes, r"\\[bfnrt]"))
    return f"(?:(?<!{alphabet}{read})|{after})"


# An AppSecret. A longer run is a hash, or a phone code: good for one use, and wanted in full.
_HEX = "[0-9A-Fa-f]{32}"
_APP_SECRET = rf"({_HEX})(?![0-9A-Fa-f]){_begins('[0-9A-Fa-f]', _HEX)}"
# 16 bytes in base64, plain or for URLs, its odd characters perhaps escaped. A slash or a plus may
# be part of the key, or of what stands before it.
_BASE64 = r"(?:[A-Za-z0-9+/_-]|%(?:25)?2[BbFf]|\\{1,4}/|\\u002[BbFf])"
_END = r"(?:=|%(?:25)?3[Dd]|\\u003[Dd])"
_BEFORE_KEY = _begins("[A-Za-z0-9_-]", "")
_SESSION_KEY = rf"{_BEFORE_KEY}({_BASE64}{{22}}{_END}{{2}})"
# WeChat's have 110 to 157 characters. A cloudID has 46 and is none.
_ACCESS_TOKEN = rf"([0-9]{_begins('[A-Za-z0-9_-]', '[0-9]')}[0-9]{{0,2}}+_[A-Za-z0-9_-]{{90,512}}+)"

# Any name that contains one of these words: a misspelt parameter shows a secret just as well. The
# first letter is a set of its own, because the search for a set is quick.
_NAME = r"[SsTtEePp](?i:ecret|ession(?:_|%5f)?key|oken|ncrypt_?key|hone_?number)[\w.-]{0,40}+"
_WORDS_IN_NAMES = ("secret", "session", "token", "encrypt", "phone")
_AFTER_NAME = (
    # A query or a form, and one inside another one.
    r'="?+([^&\s"<>]*+)',
    r'%3[Dd]((?:[^&\s"<>%]|%(?!26))*+)',
    # JSON, also cut off, in a text of JSON, or as Python prints it.
    r"""\\*+["']\s*+:\s*+"((?:[^"\\]|\\.)*+)""",
    r"""\\*+["']\s*+:\s*+'((?:[^'\\]|\\.)*+)""",
    r"""\\*+["']\s*+:\s*+\\++"((?:[^\\"]|\\(?!["\\]))*+)""",
    r"""\\*+["']\s*+:\s*+[\[{]\s*+([^\]}]*+)""",
    r"""\\*+["']\s*+:\s*+([0-9][0-9.]*+)""",
    # A part of multipart/form-data.
    r'"?[^\r\n]{0,200}+\r?\n(?:[\w-]{1,40}+:[^\r\n]{0,200}+\r?\n){0,3}\r?\n([^\r\n]*+)',
)
_IN_XML = rf"<[\w.:-]{{0,40}}?{_NAME}[^<>]{{0,200}}+>\s*+(?:<!\[CDATA\[)?+((?:[^<\]]|\](?!\]>))*+)"

# In a scenario `token_overlap: 5m` and `quotas: {token: 10}` are no secrets.
_SECRET_KEY = r"(?i:\w{0,40}secret|session_?key|encrypt_?key|\w{0,40}access_?token)"
_IN_YAML = (
    rf"(?<![\w-])(?:{_SECRET_KEY}|wx[0-9a-f]{{16}})[\"']?[ \t]*+:[ \t]++(?!o[\w-]{{27}}(?![\w-]))"
    r"""(?:"([^"\n]*+)|'([^'\n]*+)|([^\s"'{\[,}\]#]++(?:[ ][^\s,}\]#]++)*+))"""
)

_Patterns = tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]
"""What to mask, each with texts in lower case of which one is there if it is."""


_SHAPES: _Patterns = (
    (("",), re.compile(_APP_SECRET, re.DOTALL)),
    (("==", "%3d", "%253d", "u003d"), re.compile(_SESSION_KEY, re.DOTALL)),
    (("_",), re.compile(_ACCESS_TOKEN, re.DOTALL)),
)
_SHAPES_AND_NAMES: _Patterns = (
    *_SHAPES,
    (_WORDS_IN_NAMES, re.compile(f"{_NAME}(?:{'|'.join(_AFTER_NAME)})", re.DOTALL)),
    (("<",), re.compile(_IN_XML, re.DOTALL)),
)
_IN_SCENARIO: _Patterns = (*_SHAPES_AND_NAMES, ((":",), re.compile(_IN_YAML, re.DOTALL)))
_HOLDS_SECRETS = re.compile(f"{_SECRET_KEY}|platforms")
_ESCAPED = re.compile(r"\\(?:u00([0-9A-Fa-f]{2})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_IN_WORDS = r"""[^\s"'&=?.,;:<>{}()\[\]/\\]"""
_WORD = re.compile(f"{_IN_WORDS}{{{SHORTEST},}}+")
_MASK_IN_TEXT = re.compile(r"(?<![*\w])\*{4}(?:[\w+/=-]{4})?(?![*\w+/=-])")
_MASK = re.compile(r"\*{4}(?:[^*]{4})?")
_REST_OF_WORD = re.compile(_IN_WORDS + "*+")


def text(shown: str, words: Words = NONE) -> str:
    """Text of any kind that a client sent or gets, with its secrets masked."""
    return _mask_words(_mask_all(_SHAPES_AND_NAMES, shown, _masked), words)


def body(data: bytes, words: Words = NONE) -> str:
    """The body of a request or a reply as text, with its secrets masked."""
    return text(data.decode("utf-8", "replace"), words)


def sentence(shown: str, words: Words = NONE) -> str:
    """A sentence of ours that quotes a client; it may say `token: …` without meaning one."""
    return _mask_words(_mask_all(_SHAPES, shown, _masked), words)


def quoted(sent: str, most: int = 80) -> str:
    """`'what came'` for a sentence. It is masked first: half a secret has not its shape."""
    return repr(shortened(parameter(sent), most))


def shortened(shown: str, most: int) -> str:
    """At most so many characters and a `…`; a word that would be cut in two loses all but six.

    Declared secrets are looked for in the end, and half of one would not be found any more.
    """
    if len(shown) <= most:
        return shown
    backwards = _REST_OF_WORD.match(shown[:most][::-1])
    part = len(backwards[0]) if backwards else 0
    return shown[: most - max(0, part - 6)] + "…"


def parameter(sent: str, words: Words = NONE) -> str:
    """A decoded parameter, its secrets masked; a `+` that nobody escaped has become a blank."""
    shown = text(sent, words)
    if shown != sent or " " not in sent:
        return shown
    with_plus = sent.replace(" ", "+")
    masked = text(with_plus, words)
    return sent if masked == with_plus else masked


def yaml(shown: str) -> str:
    """A scenario as YAML with its secrets masked; it still is YAML."""
    return _mask_all(_IN_SCENARIO, shown, _masked_in_quotes)


def excerpt(line: str) -> str:
    """A line of a scenario with its secrets masked; every other character keeps its column."""
    return _mask_all(_IN_SCENARIO, line, _masked_as_wide)


def values(data: Any, words: Words = NONE) -> Any:
    """Plain values, as of JSON, with the secrets in them masked."""
    if isinstance(data, str):
        return text(data, words)
    if isinstance(data, dict):
        return {
            sentence(str(key)): _hidden(value) if is_secret(key) else values(value, words)
            for key, value in data.items()
        }
    return [values(each, words) for each in data] if isinstance(data, list | tuple) else data


def is_secret(key: object) -> bool:
    """Whether what stands under this key of a document is a secret by its name."""
    return isinstance(key, str) and _HOLDS_SECRETS.fullmatch(key) is not None


def holds_mask(shown: str) -> bool:
    """Whether a mask stands in the text, as `text` and `values` make them."""
    return "****" in shown and _MASK_IN_TEXT.search(shown) is not None


def mask(secret: str) -> str:
    """`****cdef`: the last four characters, or none of a secret too short to show any.

    A hint and the log use the same form as the journal, so that one can be searched for the other.
    """
    return "****" + (secret[-4:] if len(secret) >= 11 else "")


@lru_cache(maxsize=64)  # of a thousand apps it takes 6 ms, and every call that fails asks
def words_of(secrets: tuple[str, ...]) -> Words:
    """What to look for where these secrets have no shape; very short ones would hide too much."""
    odd = (secret for secret in secrets if sentence(secret) == secret)
    return frozenset(part for secret in odd for part in _WORD.findall(secret))


def _mask_all(patterns: _Patterns, shown: str, how: Callable[[re.Match[str]], str]) -> str:
    lowered = shown.lower()
    for marks, pattern in patterns:
        if any(mark in lowered for mark in marks):
            shown = pattern.sub(how, shown)
    return shown


def _masked(found: re.Match[str]) -> str:
    """What was found, with the one group that took part masked."""
    return _around(found, _mask_plain(found[found.lastindex or 0]))


def _masked_in_quotes(found: re.Match[str]) -> str:
    """The same, in quotes unless it stands in some: `*` begins an alias in YAML."""
    start = found.start(found.lastindex or 0)
    masked = _mask_plain(found[found.lastindex or 0])
    return _around(found, masked if found.string[start - 1 : start] in "'\"" else f'"{masked}"')


def _masked_as_wide(found: re.Match[str]) -> str:
    secret = found[found.lastindex or 0]
    wide = _mask_plain(secret)[-len(secret) :].rjust(len(secret), "*") if secret else ""
    return _around(found, wide)


def _around(found: re.Match[str], masked: str) -> str:
    start, end = found.span(found.lastindex or 0)
    return found[0][: start - found.start()] + masked + found[0][end - found.start() :]


def _mask_plain(secret: str) -> str:
    """The mask of a secret as it reads without escapes; a mask remains what it is."""
    if _MASK.fullmatch(secret):
        return secret
    if "\\" in secret:
        secret = _ESCAPED.sub(_unescaped, secret)
    if "%" in secret:
        secret = unquote(unquote(secret))
    return mask(secret.strip("\"'"))


def _unescaped(found: re.Match[str]) -> str:
    number = found[1] or found[2]
    return chr(int(number, 16)) if number else found[3]


def _mask_words(shown: str, words: Words) -> str:
    if not words:
        return shown

    def masked(found: re.Match[str]) -> str:
        word = found[0]
        parts = _WORD.findall(unquote(word)) if "%" in word else (word,)
        return next((mask(part) for part in parts if part in words), word)

    return _WORD.sub(masked, shown)


def _hidden(value: Any) -> Any:
    """A value with all text in it masked."""
    if isinstance(value, dict):
        return {key: _hidden(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(each) for each in value]
    return value if value in ("", None) or isinstance(value, bool) else mask(str(value))
