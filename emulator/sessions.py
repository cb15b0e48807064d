"""Sessions: the session_key an exchange gives, one valid at a time per user and app.

https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
"""

from __future__ import annotations

from msgspec.structs import replace

from . import users
from .entities import App, Session, User, session_place
from .world import World


async def open(world: World, app: App, user: User, now: float) -> Session:
    """The session after an exchange: a new key, unless the last exchange was moments ago."""
    old = await world.store.get(Session, session_place(app.appid, user.name))
    if old is not None and now - old.opened_at < world.behaviour.session_key_refresh:
        session = replace(old, renewed_at=now)
    else:
        key = world.ids.session_key(await world.store.next("session_key"))
        session = Session(app.appid, user.name, users.openid(world, app, user), key, now, now)
    await world.store.put(session)
    return session


async def find(world: World, appid: str, user: str, now: float) -> Session | None:
    """The user's valid session in the app."""
    session = await world.store.get(Session, session_place(appid, user))
    if session is None or now - session.renewed_at >= world.behaviour.session_expires_in:
        return None
    return session
