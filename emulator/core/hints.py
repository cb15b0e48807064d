"""Hints: sentences that tell the developer what a call probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

from msgspec import Struct

from . import masking
from .call import Call

# Names that people send instead of the parameter that WeChat reads.
_MISTAKEN = {
    "js_code": ("code", "jscode", "jsCode", "js_Code", "JSCODE"),
    "code": ("js_code", "jscode", "auth_code"),
    "appid": ("appId", "app_id", "AppID", "APPID", "client_id"),
    "secret": ("appsecret", "app_secret", "appSecret", "AppSecret", "SECRET"),
    "grant_type": ("grantType", "granttype"),
    "access_token": ("token", "accessToken", "ACCESS_TOKEN"),
    "openid": ("openId", "open_id", "OPENID"),
}
# What reads as a parameter's name: a session_key as one loses its '==', and so its shape.
_NAME = re.compile(r"[A-Za-z_;]{1,32}|[\w;.-]{1,12}")
# To compare a word with ten thousand names takes a third of a second; no call is answered then.
_MOST_COMPARED = 1000
# A word beyond any we know is like none of them, and to look at a megabyte takes seconds.
_LONGEST_COMPARED = 200
_MOST_SHOWN = 8
_MOST_NEAR = 4


class Nearest(Struct, frozen=True):
    """Finds the known word that is most like a word, once somebody wants to see it.

    It costs a thousand times as much as all else in a mistake, and of 300,000 fifty are shown.
    """

    word: str
    known: Iterable[str]

    def find(self) -> str | None:
        """As `nearest`."""
        return nearest(self.word, self.known)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one; None if none is like it."""
    if len(word) > _LONGEST_COMPARED:
        return None
    lowered = {each.lower(): each for each in islice(known, _MOST_COMPARED)}
    if match := get_close_matches(word.lower(), lowered, n=1, cutoff=0.6):
        return lowered[match[0]]
    return None


def near_words(word: str, known: Iterable[str]) -> list[str]:
    """The few known words that are like this one or begin with it, the most like first."""
    if not word or len(word) > _LONGEST_COMPARED:
        return []
    lowered = {each.lower(): each for each in islice(known, _MOST_COMPARED)}
    alike = get_close_matches(word.lower(), lowered, n=_MOST_NEAR, cutoff=0.5)
    begin = [each for each in lowered if each.startswith(word.lower())]
    return [lowered[each] for each in dict.fromkeys([*alike, *begin])][:_MOST_NEAR]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`; empty if no known word is like it."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def missing(call: Call, name: str) -> str:
    """Why the call has no query parameter `name`: empty, misspelt, in the body, HTML-escaped."""
    params = call.params
    if name in params:
        return _why_there(name, params[name], call.query_string)
    if (escaped := f"amp;{name}") in params:
        return f"the URL holds '&amp;{name}=': it was HTML-escaped; WeChat reads {escaped!r}"
    for sent in (*_MISTAKEN.get(name, ()), *params):
        if sent in params and (sent in _MISTAKEN.get(name, ()) or sent.lower() == name):
            return f"you sent '{sent}=', WeChat reads '{name}='"
    if name.encode() in call.body:
        return (
            f"'{name}' is in the request body, which WeChat does not read here: put it in the URL"
        )
    sent = ", ".join(each if _NAME.fullmatch(each) else "…" for each in sorted(params))
    return f"the query string has no '{name}'" + (f" (it has: {sent})" if sent else ": it is empty")


def _why_there(name: str, sent: str, query: str) -> str:
    """What is wrong with a parameter that came: it is empty, or the first of two is."""
    if sent:
        return f"'{name}=' is there, you sent {masking.quoted(sent, 40)}"
    if query.count(f"{name}=") > 1:
        return f"the first of several '{name}=' is empty, and the first counts"
    return f"'{name}=' is there but empty, which counts as missing"


def not_declared(kind: str, name: str, declared: Sequence[str], world: str) -> str:
    """`user 'bbo' is not declared in world 'w' (declared: alice, bob); did you mean 'bob'?`."""
    listed, near = some_of(declared), did_you_mean(name, declared)
    named = f"{kind} {masking.quoted(name)}"
    return f"{named} is not declared in world {world!r} (declared: {listed}){near}"


def some_of(names: Sequence[str]) -> str:
    """`alice, bob`; only the first eight, and `none` if there are none."""
    shown = ", ".join(names[:_MOST_SHOWN]) or "none"
    return f"{shown} …" if len(names) > _MOST_SHOWN else shown


def ago(seconds: float) -> str:
    """`12 s ago`, or `just now`."""
    return f"{seconds:.0f} s ago" if seconds >= 1 else "just now"
