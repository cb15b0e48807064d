"""Content checks: which words are risky in this world, and who may be asked about.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..core.entities import App, Session, session_place
from ..core.hints import ago
from ..world.world import WorldView
from . import users
from .errors import WeChatError

Suggest = Literal["pass", "review", "risky"]

# WeChat's own samples, which its pages gave to try the check with.
SAMPLES = ("特3456书yuuo莞6543李zxcz蒜7782法fgnv级", "完2347全dfji试3726测asad感3847知qwez到")


class Verdict(Struct, frozen=True):
    """What a check says."""

    suggest: Suggest
    word: str = ""
    """What was found, empty for nothing."""


def judge(world: WorldView, content: str | bytes) -> Verdict:
    """The verdict on a text, or on a file's bytes: the first listed word that is in it decides."""
    behaviour = world.behaviour
    data = content.encode() if isinstance(content, str) else content
    for word in (*SAMPLES, *behaviour.risky_words):
        if word.encode() in data:
            return Verdict("risky", word)
    for word in behaviour.review_words:
        if word.encode() in data:
            return Verdict("review", word)
    return Verdict("pass")


def check_visitor(world: WorldView, app: App, openid: str, now: float) -> str:
    """The user's name: 40003 if the app knows no such openid, 61010 if it was not here lately."""
    user = users.of_openid(world, app, openid)
    if user is None:
        raise WeChatError(40003, f"{app.appid} knows no user by the openid {openid[:40]!r}")
    session = world.store.get(Session, session_place(app.appid, openid))
    within = world.behaviour.visit_expires_in
    if session is None:
        raise WeChatError(61010, f"{user.name!r} has never logged in to {app.appid}")
    if now - session.renewed_at > within:
        raise WeChatError(
            61010,
            f"{user.name!r} logged in last {ago(now - session.renewed_at)}: "
            f"a visit counts for {within:.0f} s (behaviour.visit_expires_in)",
        )
    return user.name
