"""Effects at work: the layers that one rule, or one code's script, puts around a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Any

from msgspec import json

from ..core.call import Call, Outcome, Reply
from ..core.hints import did_you_mean
from ..core.validation import CheckError
from ..wechat.errors import WeChatError
from ..wechat.scripted_codes import WORDS
from ..world.world import World
from . import effects
from .effects import Proceed
from .rule import Then

Refuse = Callable[[WeChatError], Awaitable[Reply]]
"""Makes WeChat's error answer."""
CODE = "js_code"
"""What acts on a call by its code's own script; no rule's id holds an underscore."""
STATE = "world_state"
"""What acts on a call by what an earlier effect, or the control API, has done to the world."""


async def apply_effects(
    source: str, then: Then, call: Call, proceed: Proceed, refuse: Refuse, world: World
) -> Outcome:
    """The outcome with the effects around it, and in its hint which rule or code they came from."""

    async def layer(i: int) -> Outcome:
        if i == len(then.effects):
            return await proceed()
        try:
            return await then.effects[i].apply(call, partial(layer, i + 1), world)
        except WeChatError as error:
            return await refuse(error)

    outcome = await layer(0)
    outcome.hint = f"{source} acted: {then}" + (f"; {outcome.hint}" if outcome.hint else "")
    return outcome


@lru_cache(maxsize=1024)
def read_script(then: bytes) -> Then:
    """The effects that a code carries; CheckError if one of its words is none."""
    words = json.decode(then, type=dict[str, Any])
    typed = {k: effects.from_text(k, v) if isinstance(v, str) else v for k, v in words.items()}
    return Then.parse(typed)


def why_no_script(error: CheckError) -> str:
    """What is wrong with a code's script, for its 40029."""
    mistake = error.mistakes[0]
    word = str(mistake.path[0]) if mistake.path else ""
    known = sorted([*effects.load(), *WORDS])
    if not mistake.at_key or word in known:
        return f"scripted code: {mistake}"
    near = did_you_mean(word, known)
    return f"scripted code: unknown word {word!r}{near} (known: {', '.join(known)})"
