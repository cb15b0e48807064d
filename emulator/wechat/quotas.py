"""Quotas: how many calls an app has a minute (45011) and a day (45009).

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/API_Call_Limits.html
"""

from __future__ import annotations

from ..world.behaviour import Allowance
from ..world.world import WorldView
from .errors import STABLE_TOKEN_MORE, TABLE, WeChatError

_MINUTE = 60
_DAY = 86400
_BEIJING = 8 * 3600


def day_of(now: float) -> int:
    """Which day it is in Beijing, where WeChat's counters start anew at midnight."""
    return int(now + _BEIJING) // _DAY


def midnight(day: int) -> int:
    """When that day began, in Unix seconds."""
    return day * _DAY - _BEIJING


def spend(world: WorldView, allowance: Allowance, what: str, appid: str, now: float) -> None:
    """Count a call of the app against the allowance; 45011 or 45009 once it is used up."""
    if allowance == "off":
        return
    if allowance.minute is not None:
        window, name = int(now) // _MINUTE, f"{what} {appid} minute"
        ends_at = (window + 1) * _MINUTE
        if world.store.ticket(name, allowance.minute, window, ends_at) is None:
            raise WeChatError(45011, _why(what, appid, allowance.minute, "minute"))
    if allowance.day is not None:
        window, name = day_of(now), f"{what} {appid} day"
        if world.store.ticket(name, allowance.day, window, midnight(window + 1)) is None:
            text = TABLE[45009].text + STABLE_TOKEN_MORE if what == "token" else None
            raise WeChatError(45009, _why(what, appid, allowance.day, "day"), text=text)


def _why(what: str, appid: str, most: int, span: str) -> str:
    return (
        f"{appid} has had its {most} calls of {what} this {span}"
        f" (behaviour.quotas changes or turns off what an app has)"
    )
