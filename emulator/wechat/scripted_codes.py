"""Codes that carry their own script: `emu.alice.delay-3s.errcode--1`.

The grammar is `emu.NAME(.WORD-VALUE)*`, each part split at its first `-`. No real code holds a dot.
Here the words `once` and `age` are read; all others are effects, which only the rules know.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, json
from msgspec.structs import replace

from ..core.duration import Duration
from ..core.entities import App, Code, User
from ..core.hints import not_declared
from ..core.masking import quoted
from ..world.world import WorldView
from . import users
from .errors import WeChatError

PREFIX = "emu."
WORDS = {
    "once": "The code works once, then it is 40163: once-7f3a, with a value of your own.",
    "age": "How old the code is already: age-301s is one that has ended.",
}
"""The words beside the effects, with what they do."""
_LONGEST_NAME = 128
# For how long a `once` code works from its first use on; it is remembered twice as long.
_ONCE_LASTS = 43_200.0


class Script(Struct, frozen=True):
    """What a scripted code says."""

    user: str
    then: Mapping[str, str | bool] = {}
    """The effects as they are written; True where no value is."""
    once: bool = False
    age: float = 0.0


class CodeCarriesEffects(Exception):
    """A code was found that carries effects: they go around the endpoint, which runs again."""

    def __init__(self, then: bytes) -> None:
        """`then` as in a rule, as JSON."""
        super().__init__(then)
        self.then = then


def parse(text: str) -> Script:
    """The script of a code's text; ValueError says what is wrong with it."""
    user, *parts = text.removeprefix(PREFIX).split(".")
    if not user:
        raise ValueError("expected a user's name after 'emu.', as in emu.alice")
    words: dict[str, str | bool] = {}
    for part in parts:
        word, dash, value = part.partition("-")
        if not word[:1].isalpha():
            raise ValueError(
                f"expected a word such as delay-3s after each dot, got {part!r} "
                f"(a value holds no dot: write 1500ms, not 1.5s)"
            )
        if word in words:
            raise ValueError(f"{word!r} stands there twice")
        words[word] = value if dash else True
    once, age = words.pop("once", False), words.pop("age", "0s")
    if once is True or once == "":
        raise ValueError("'once' wants a value of your own, as in once-7f3a")
    return Script(user, words, once is not False, _age(age))


def _age(value: str | bool) -> float:
    try:
        return Duration.parse("" if value is True else value)
    except ValueError as error:
        raise ValueError(f"'age': {error}") from None


def scripted_code(world: WorldView, app: App, text: str, now: float, kind: str) -> Code:
    """The code that a text such as `emu.alice.once-7f3a` stands for; 40029 if it is no script."""
    if not world.behaviour.scripted_codes:
        raise WeChatError(40029, "scripted codes are off here (behaviour.scripted_codes: false)")
    try:
        script = parse(text)
    except ValueError as error:
        raise WeChatError(40029, f"scripted code {quoted(text)}: {error}") from None
    _check_user(world, script.user)
    issued_at = now - script.age
    ends_at = issued_at + world.behaviour.code_expires_in
    then = json.encode(script.then) if script.then else b""
    code = Code(text, app.appid, script.user, issued_at, ends_at, kind=kind, then=then)
    if not script.once or ends_at <= now:
        return code
    once = replace(code, expires_at=now + _ONCE_LASTS)
    world.store.put(once)
    return once


def is_reusable(code: Code) -> bool:
    """Whether the code is a script without `once`, which is never spent and lies in no store."""
    return code.code.startswith(PREFIX) and not parse(code.code).once


def _check_user(world: WorldView, name: str) -> None:
    if len(name) > _LONGEST_NAME:  # the journal, sessions and counters would keep it
        got = f"got {len(name):,}"
        why = f"expected a user's name of at most {_LONGEST_NAME} characters, {got}"
        raise WeChatError(40029, f"scripted code: {why}")
    if users.find(world, name) is None:
        known = [user.name for user in world.store.all(User)]
        why = not_declared("user", name, known, world.name)
        raise WeChatError(40029, f"scripted code: {why}")
