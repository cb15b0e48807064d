"""Access tokens of the app itself."""

from __future__ import annotations

from .entities import AccessToken, App
from .world import World


async def issue(world: World, app: App, now: float) -> AccessToken:
    """A new access_token for `/cgi-bin/token`."""
    text = world.ids.token(await world.store.next("token"))
    token = AccessToken(text, app.appid, now, now + world.behaviour.token_expires_in)
    await world.store.put(token)
    return token
