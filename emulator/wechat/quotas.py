"""Quotas: how many calls an app has a minute (45011) and a day (45009).

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/API_Call_Limits.html
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core.entities import Tally
from ..world.behaviour import Allowance
from ..world.world import World
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


async def spend(world: World, allowance: Allowance, what: str, appid: str, now: float) -> None:
    """Count a call of the app against the allowance; 45011 or 45009 once it is used up."""
    if allowance == "off":
        return
    if allowance.minute is not None:
        window = int(now) // _MINUTE
        if not await _count(world, f"{what} {appid} minute", window, allowance.minute):
            raise WeChatError(45011, _why(what, appid, allowance.minute, "minute"))
    if allowance.day is not None and not await _count(
        world, f"{what} {appid} day", day_of(now), allowance.day
    ):
        text = TABLE[45009].text + STABLE_TOKEN_MORE if what == "token" else None
        raise WeChatError(45009, _why(what, appid, allowance.day, "day"), text=text)


async def _count(world: World, name: str, window: int, most: int) -> bool:
    """Whether this call is still one of the window's `most`."""
    while True:
        old = await world.store.get(Tally, name)
        if old is None:
            old = Tally(name, window, 0)
            await world.store.put(old)
        before = old.count if old.window == window else 0
        if before >= most:
            return False
        if await world.store.swap(old, replace(old, window=window, count=before + 1)):
            return True


def _why(what: str, appid: str, most: int, span: str) -> str:
    return (
        f"{appid} has had its {most} calls of {what} this {span}"
        f" (behaviour.quotas changes or turns off what an app has)"
    )
