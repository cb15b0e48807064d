"""The keys by which a mini program and its backend encrypt what they send each other.

https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/user-encryption.html
"""

from __future__ import annotations

from ..core.entities import EncryptKey, Session, UserKeys, session_place
from ..world.world import WorldView

LIFETIME = 3600
_KEPT = 3


def latest(world: WorldView, session: Session, now: float) -> tuple[EncryptKey, ...]:
    """The user's last three keys, newest first; a new one is made if the newest has ended."""
    place = session_place(session.appid, session.openid)
    held = world.store.get(UserKeys, place)
    keys = held.keys if held else ()
    if not keys or expires_in(keys[0], now) == 0:
        text, iv = world.ids.encrypt_key(world.store.next("encrypt_key"))
        fresh = EncryptKey(text, keys[0].version + 1 if keys else 1, iv, now)
        keys = (fresh, *keys)[:_KEPT]
        world.store.put(UserKeys(session.appid, session.openid, keys))
    return keys


def expires_in(key: EncryptKey, now: float) -> int:
    """How many seconds it is still good for."""
    return max(0, round(key.created_at + LIFETIME - now))
