"""Sanctions: a frozen secret, a punished app, a user held for a risk; each ends by itself.

They lie in the world, so whoever repeats the call meets the same answer. A world without any, as
nearly all are, pays for a look at their number.

https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html
"""

from __future__ import annotations

from typing import Literal

from ..core.duration import Duration
from ..core.entities import Sanction, sanction_place
from ..core.hints import ago
from ..world.clock import latest
from ..world.world import WorldView
from .errors import WeChatError

Against = Literal["app", "secret", "user"]


def impose(world: WorldView, against: Against, name: str, now: float, lasts: float) -> Sanction:
    """The sanction, in force from now on; one that is there already does not end sooner."""
    before = _find(world, against, name, now)
    since, ends_at = (before.since, before.ends_at) if before else (now, now)
    sanction = Sanction(against, name, since, max(ends_at, latest(now + lasts)))
    world.store.put(sanction)
    return sanction


def lift(world: WorldView, against: str, name: str) -> bool:
    """End a sanction before its time; whether there was one."""
    return world.store.delete(Sanction, sanction_place(against, name))


def in_force(world: WorldView, now: float) -> list[Sanction]:
    """Every one that has not ended, oldest first."""
    return [each for each in world.store.all(Sanction) if now < each.ends_at]


def check_exchange(world: WorldView, appid: str, user: str, now: float) -> None:
    """40243 while the app's secret is frozen, and what `check_login` says.

    The code stays good either way: nobody was logged in.
    """
    if world.store.count(Sanction):
        _check(world, "secret", appid, now, 40243)
        _check(world, "user", user, now, 40226)


def check_login(world: WorldView, user: str, now: float) -> None:
    """40226 while the user is held for a risk."""
    if world.store.count(Sanction):
        _check(world, "user", user, now, 40226)


def check_fetch(world: WorldView, appid: str, now: float) -> None:
    """40243 or 50004 where an app with a frozen secret, or a punished one, asks for a token."""
    if world.store.count(Sanction):
        _check(world, "secret", appid, now, 40243)
        _check(world, "app", appid, now, 50004)


def check_use(world: WorldView, appid: str, now: float) -> None:
    """50002 where a punished app uses a token that it has."""
    if world.store.count(Sanction):
        _check(world, "app", appid, now, 50002)


def _check(world: WorldView, against: Against, name: str, now: float, errcode: int) -> None:
    if found := _find(world, against, name, now):
        what = f"the secret of {name} is frozen" if against == "secret" else f"{name} is banned"
        left = Duration(found.ends_at - now)
        began = ago(now - found.since)
        why = f"{what}: it began {began} and ends in {left} of world time"
        raise WeChatError(errcode, why, scripted=True)


def _find(world: WorldView, against: Against, name: str, now: float) -> Sanction | None:
    found = world.store.get(Sanction, sanction_place(against, name))
    return found if found and now < found.ends_at else None
