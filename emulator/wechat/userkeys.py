"""The keys with which a mini program and its backend encrypt what they send each other.

https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/user-encryption.html
"""

from __future__ import annotations

from ..core.entities import EncryptKey, Session, UserKeys, session_place
from ..world.world import World

LIFETIME = 3600
_KEPT = 3


async def latest(world: World, session: Session, now: float) -> tuple[EncryptKey, ...]:
    """The user's last three keys, newest first; a new one is made if the newest has ended."""
    place = session_place(session.appid, session.openid)
    held = await world.store.get(UserKeys, place)
    keys = held.keys if held else ()
    if not keys or expires_in(keys[0], now) == 0:
        text, iv = world.ids.encrypt_key(await world.store.next("encrypt_key"))
        fresh = EncryptKey(text, keys[0].version + 1 if keys else 1, iv, now)
        keys = (fresh, *keys)[:_KEPT]
        await world.store.put(UserKeys(session.appid, session.openid, keys))
    return keys


def expires_in(key: EncryptKey, now: float) -> int:
    """For how many more seconds the key is valid."""
    return max(0, round(key.created_at + LIFETIME - now))
