"""Access tokens of the app itself: fetched, superseded, expired, and asked for by every API.

https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
"""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from ..core.call import Call
from ..core.damage import damage, no_value
from ..core.entities import AccessToken, App, LatestToken, latest_token_place
from ..core.hints import ago, missing
from ..core.masking import mask
from ..core.oauth_entities import UserToken
from ..world.world import WorldView
from . import sanctions
from .errors import WeChatError
from .quotas import day_of, midnight, spend

GRANT_TYPE = "client_credential"
"""What asks for a token."""

# Of stable_token's forced refreshes: so many a day, so many seconds apart.
_FORCED_A_DAY = 20
_FORCED_APART = 30.0


def issue(world: WorldView, app: App, now: float) -> AccessToken:
    """A new token for `/cgi-bin/token`; the one before stays good for five more minutes."""
    token = _make(world, app, "token", now)
    latest = _latest(world, app, "token")
    world.store.put(replace(latest, token=token.token, drop_at=token.drop_at))
    _end(world, latest.token, now + world.behaviour.token_overlap)
    return token


def stable(world: WorldView, app: App, now: float, *, force: bool) -> AccessToken:
    """The token of `/cgi-bin/stable_token`: the same one until its last five minutes.

    A forced refresh ends the one before at once, if it comes late enough and not too often.
    """
    latest = _latest(world, app, "stable_token")
    held = world.store.get(AccessToken, latest.token)
    if held and _is_alive(held, now):
        if force and _may_force(world, latest, now):
            _end(world, held.token, now)
            latest = replace(latest, forced_at=now)
        elif held.expires_at - now >= world.behaviour.token_overlap:
            return held
    token = _make(world, app, "stable_token", now)
    world.store.put(replace(latest, token=token.token, drop_at=token.drop_at))
    return token


def calling(world: WorldView, call: Call) -> App:
    """The app whose `access_token` the call holds: 41001, 40001, 42001, then its quota."""
    text = call.params.get("access_token", "")
    if not text:
        raise WeChatError(41001, missing(call, "access_token"))
    token = world.store.get(AccessToken, text)
    if token is None:
        raise WeChatError(40001, _why_unknown(world, text))
    _check_alive(token, call.now)
    sanctions.check_use(world, token.appid, call.now)
    if not call.effects_applied:  # else it runs once more, inside them
        spend(world, world.behaviour.quotas.wxa, call.path, token.appid, call.now)
    return world.store.get(App, token.appid) or App(token.appid)


def kill(world: WorldView, text: str, now: float, by: str) -> bool:
    """End a token: 40001 from now on, for this one alone. Whether there was a live one."""
    return _end_as(world, text, now, 40001, by)


def expire(world: WorldView, text: str, now: float, by: str) -> bool:
    """The same with 42001, as if its two hours were over."""
    return _end_as(world, text, now, 42001, by)


def _end_as(world: WorldView, text: str, now: float, errcode: int, by: str) -> bool:
    token = world.store.get(AccessToken, text)
    if token is None or not _is_alive(token, now):
        return False
    world.store.put(replace(token, ended_at=now, ended_with=errcode, ended_by=by))
    return True


def _is_alive(token: AccessToken, now: float) -> bool:
    return now < token.expires_at and (token.ended_at is None or now < token.ended_at)


def _check_alive(token: AccessToken, now: float) -> None:
    """Whichever came first decides: an early end is 40001, the end of its time 42001."""
    whose = f"this token of {token.appid} ({mask(token.token)})"
    if token.ended_at is not None and token.ended_at <= min(now, token.expires_at):
        raise WeChatError(
            token.ended_with,
            f"{whose} ended {ago(now - token.ended_at)} {_why_ended(token)}",
            scripted=bool(token.ended_by),
        )
    if now >= token.expires_at:
        raise WeChatError(42001, f"{whose} expired {ago(now - token.expires_at)}")


def _known(world: WorldView, text: str) -> str | None:
    """The token that this is, in whatever case."""
    for each in (text, world.ids.token_like(text.lower())):
        if each and world.store.get(AccessToken, each) is not None:
            return each
    return None


def _may_force(world: WorldView, latest: LatestToken, now: float) -> bool:
    """Whether a forced refresh comes late enough after the last, and is one of the day's few."""
    if latest.forced_at is not None and now - latest.forced_at < _FORCED_APART:
        return False
    name = f"forced refresh {latest.appid}"
    today = day_of(now)
    return world.store.ticket(name, _FORCED_A_DAY, today, midnight(today + 1)) is not None


def _latest(world: WorldView, app: App, kind: str) -> LatestToken:
    place = latest_token_place(app.appid, kind)
    return world.store.get(LatestToken, place) or LatestToken(app.appid, kind)


def _make(world: WorldView, app: App, kind: str, now: float) -> AccessToken:
    text = world.ids.token(world.store.next(kind), kind)
    token = AccessToken(text, app.appid, now, now + world.behaviour.token_expires_in)
    world.store.put(token)
    return token


def _end(world: WorldView, text: str, at: float) -> None:
    token = world.store.get(AccessToken, text)
    if token is not None and (token.ended_at is None or at < token.ended_at):
        world.store.put(replace(token, ended_at=at))


def _why_ended(token: AccessToken) -> str:
    if token.ended_by:
        return f"by {token.ended_by}: fetch a new one"
    return (
        "because a newer one was fetched: let one process fetch for all, "
        "or use /cgi-bin/stable_token"
    )


def _why_unknown(world: WorldView, text: str) -> str:
    if why := no_value(text):
        return why
    if world.store.get(UserToken, text):
        return "this is a user's token, of sns/oauth2/access_token: fetch the app's own one"
    if how := damage(text, partial(_known, world)):
        return f"this is a token of this world {how} ({mask(text)}): send it as it came"
    if not text.startswith("89_"):
        return f"this is no token of this emulator ({mask(text)}): fetch one from /cgi-bin/token"
    return (
        f"this world never issued the token {mask(text)}: it is another world's, "
        "an older start's, or forgotten one lifetime after its end"
    )
