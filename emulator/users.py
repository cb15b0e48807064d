"""Users and the ids WeChat knows them by."""

from __future__ import annotations

from .entities import App, User
from .world import World


async def find(world: World, name: str) -> User | None:
    """The user, made up on the spot while none is declared; None if there is no such person."""
    if user := await world.store.get(User, name):
        return user
    return None if await are_declared(world) else User(name)


async def are_declared(world: World) -> bool:
    """Whether only declared users exist."""
    if world.behaviour.strict_users is not None:
        return world.behaviour.strict_users
    return await world.store.count(User) > 0


def openid(world: World, app: App, user: User) -> str:
    """Who the user is in this app."""
    return user.openids.get(app.appid) or world.ids.openid(app.appid, user.name)


def unionid(world: World, app: App, user: User) -> str | None:
    """Who the user is across the apps of one Open Platform account; None where WeChat tells none.

    https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/union-id.html
    """
    rule = world.behaviour.unionid
    if not app.open_platform or rule == "never" or (rule == "followed" and not user.follows):
        return None
    return user.unionid or world.ids.unionid(app.open_platform, user.name)
