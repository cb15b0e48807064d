"""An app's access tokens: how they are made, replaced and checked.

https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core.call import Call
from ..core.entities import AccessToken, App, LatestToken, latest_token_place
from ..core.hints import ago, missing
from ..core.masking import mask
from ..world.world import World
from .errors import WeChatError
from .quotas import day_of, spend

GRANT_TYPE = "client_credential"
"""The grant_type that asks for a token."""

# The limits of forced refreshes: how many a day, and the seconds between two.
_FORCED_A_DAY = 20
_FORCED_APART = 30.0


async def issue(world: World, app: App, now: float) -> AccessToken:
    """A new token for `/cgi-bin/token`; the one before stays good for five more minutes."""
    token = await _make(world, app, "token", now)
    latest = await _latest(world, app, "token")
    await world.store.put(replace(latest, token=token.token))
    await _end(world, latest.token, now + world.behaviour.token_overlap)
    return token


async def stable(world: World, app: App, now: float, *, force: bool = False) -> AccessToken:
    """The token of `/cgi-bin/stable_token`: the same one until its last five minutes.

    A forced refresh ends the one before at once, if it comes late enough and not too often.
    """
    latest = await _latest(world, app, "stable_token")
    held = await world.store.get(AccessToken, latest.token)
    if held and now < held.expires_at:
        if force and _may_force(latest, now):
            await _end(world, held.token, now)
            latest = _count_force(latest, now)
        elif held.expires_at - now >= world.behaviour.token_overlap:
            return held
    token = await _make(world, app, "stable_token", now)
    await world.store.put(replace(latest, token=token.token))
    return token


async def calling(world: World, call: Call) -> App:
    """The app whose `access_token` the call holds: 41001, 40001, 42001, then its quota."""
    text = call.params.get("access_token", "")
    if not text:
        raise WeChatError(41001, missing(call, "access_token"))
    token = await world.store.get(AccessToken, text)
    if token is None:
        raise WeChatError(40001, _why_unknown(text))
    _check_alive(token, call.now)
    allowance = world.behaviour.quotas.wxa
    if allowance != "off" and not call.script_ran:  # a code's effects run the endpoint once more
        await spend(world, allowance, call.path, token.appid, call.now)
    return await world.store.get(App, token.appid) or App(token.appid)


def _check_alive(token: AccessToken, now: float) -> None:
    """40001 if a newer token has ended it, 42001 if its time is over; the earlier one counts."""
    whose = f"this token of {token.appid} ({mask(token.token)})"
    if token.ended_at is not None and token.ended_at <= min(now, token.expires_at):
        raise WeChatError(
            40001,
            f"{whose} ended {ago(now - token.ended_at)} because a newer one was fetched: "
            f"let one process fetch for all, or use /cgi-bin/stable_token",
        )
    if now >= token.expires_at:
        raise WeChatError(42001, f"{whose} expired {ago(now - token.expires_at)}")


def _may_force(latest: LatestToken, now: float) -> bool:
    if latest.forced_at is not None and now - latest.forced_at < _FORCED_APART:
        return False
    return latest.forced_on != day_of(now) or latest.forced < _FORCED_A_DAY


def _count_force(latest: LatestToken, now: float) -> LatestToken:
    today = day_of(now)
    before = latest.forced if latest.forced_on == today else 0
    return replace(latest, forced_at=now, forced_on=today, forced=before + 1)


async def _latest(world: World, app: App, kind: str) -> LatestToken:
    place = latest_token_place(app.appid, kind)
    return await world.store.get(LatestToken, place) or LatestToken(app.appid, kind)


async def _make(world: World, app: App, kind: str, now: float) -> AccessToken:
    text = world.ids.token(await world.store.next(kind), kind)
    token = AccessToken(text, app.appid, now, now + world.behaviour.token_expires_in, kind)
    await world.store.put(token)
    return token


async def _end(world: World, text: str, at: float) -> None:
    token = await world.store.get(AccessToken, text)
    if token is not None and (token.ended_at is None or at < token.ended_at):
        await world.store.put(replace(token, ended_at=at))


def _why_unknown(text: str) -> str:
    if not text.startswith("89_"):
        return f"this is no token of this emulator ({mask(text)}): fetch one from /cgi-bin/token"
    return (
        f"this world never issued the token {mask(text)}: it is another world's, "
        "an older start's, or forgotten one lifetime after its end"
    )
