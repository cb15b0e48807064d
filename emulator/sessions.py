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
    openid = users.openid(world, app, user)
    old = await world.store.get(Session, session_place(app.appid, openid))
    if old is not None and 0 <= now - old.opened_at < world.behaviour.session_key_refresh:
        session = replace(old, renewed_at=now)
    else:
        previous = old.session_key if old else ""
        key = await _fresh_key(world)
        session = Session(app.appid, user.name, openid, key, now, now, previous)
    await world.store.put(session)
    return session


async def find(world: World, app: App, openid: str, now: float) -> Session | None:
    """The openid's valid session in the app."""
    session = await world.store.get(Session, session_place(app.appid, openid))
    if session is None or now - session.renewed_at >= world.behaviour.session_expires_in:
        return None
    return session


async def rotate(world: World, session: Session) -> Session:
    """The session with a fresh key that inherits the old one's expiry; the old key is dead."""
    rotated = replace(
        session, session_key=await _fresh_key(world), previous_key=session.session_key
    )
    await world.store.put(rotated)
    return rotated


async def _fresh_key(world: World) -> str:
    return world.ids.session_key(await world.store.next("session_key"))
