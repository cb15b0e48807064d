"""Users and the ids WeChat knows them by."""

from __future__ import annotations

from ..core.entities import App, Session, User, session_place
from ..world.world import WorldView

_PAID_LATELY = 300.0
"""How long after a payment getpaidunionid knows the payer."""


def find(world: WorldView, name: str) -> User | None:
    """The user, made up on the spot while none is declared; None if there is no such person."""
    if user := world.store.get(User, name):
        return user
    return None if are_declared(world) else User(name)


def are_declared(world: WorldView) -> bool:
    """Whether only declared users exist."""
    if world.behaviour.strict_users is not None:
        return world.behaviour.strict_users
    return world.store.count(User) > 0


def openid(world: WorldView, app: App, user: User, derived: str = "") -> str:
    """Who the user is in this app; `derived` is what the seed says, where that is known already."""
    return user.openids.get(app.appid) or derived or world.ids.openid(app.appid, user.name)


def unionid(world: WorldView, app: App, user: User) -> str | None:
    """Who the user is across the apps of one Open Platform account; None where WeChat tells none.

    https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/union-id.html
    """
    rule = world.behaviour.unionid
    if not app.open_platform or rule == "never" or (rule == "followed" and not user.follows):
        return None
    return user.unionid or world.ids.unionid(app.open_platform, user.name)


def of_openid(world: WorldView, app: App, wanted: str) -> User | None:
    """The user whom the app knows by this openid: one who has logged in, or a declared one."""
    if session := world.store.get(Session, session_place(app.appid, wanted)):
        return find(world, session.user) or User(session.user)
    declared = world.store.all(User)
    return next((user for user in declared if openid(world, app, user) == wanted), None)


def paid(user: User, now: float, **trade: str) -> bool:
    """Whether a payment with these fields was made within the last five minutes."""
    return any(
        all(getattr(payment, name) == value for name, value in trade.items())
        and (payment.at is None or 0 <= now - payment.at.timestamp() <= _PAID_LATELY)
        for payment in user.payments
    )
