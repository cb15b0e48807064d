"""Users, and the ids by which WeChat knows them."""

from __future__ import annotations

from ..core.entities import App, Session, User, session_place
from ..world.world import World

_PAID_LATELY = 300.0
"""How many seconds after a payment getpaidunionid knows who paid."""


async def find(world: World, name: str) -> User | None:
    """The user; while none is declared, any name is one. None if the user is unknown."""
    if user := await world.store.get(User, name):
        return user
    return None if await are_declared(world) else User(name)


async def are_declared(world: World) -> bool:
    """Whether only declared users exist."""
    if world.behaviour.strict_users is not None:
        return world.behaviour.strict_users
    return await world.store.count(User) > 0


def openid(world: World, app: App, user: User) -> str:
    """The user's openid in this app."""
    return user.openids.get(app.appid) or world.ids.openid(app.appid, user.name)


def unionid(world: World, app: App, user: User) -> str | None:
    """The user's unionid, the same in all apps of an Open Platform account; None if there is none.

    https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/union-id.html
    """
    rule = world.behaviour.unionid
    if not app.open_platform or rule == "never" or (rule == "followed" and not user.follows):
        return None
    return user.unionid or world.ids.unionid(app.open_platform, user.name)


async def of_openid(world: World, app: App, wanted: str) -> User | None:
    """The user whom the app knows by this openid: one who has logged in, or a declared one."""
    if session := await world.store.get(Session, session_place(app.appid, wanted)):
        return await find(world, session.user) or User(session.user)
    declared = await world.store.all(User)
    return next((user for user in declared if openid(world, app, user) == wanted), None)


def paid(user: User, now: float, **trade: str) -> bool:
    """Whether a payment with these fields was made within the last five minutes."""
    return any(
        all(getattr(payment, name) == value for name, value in trade.items())
        and (payment.at is None or 0 <= now - payment.at.timestamp() <= _PAID_LATELY)
        for payment in user.payments
    )
