"""Sessions: each user has one valid session_key in each app.

https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core.call import Call
from ..core.entities import App, Session, User, session_place
from ..core.hints import missing
from ..world.world import World
from . import users
from .crypto import session_signature
from .decrypt_diagnosis import why_wrong_signature
from .errors import WeChatError

SIG_METHOD = "hmac_sha256"


async def open(world: World, app: App, user: User, now: float) -> Session:
    """The session after an exchange: with a new key, unless the last exchange was just before."""
    openid = users.openid(world, app, user)
    old = await world.store.get(Session, session_place(app.appid, openid))
    if old is not None and 0 <= now - old.opened_at < world.behaviour.session_key_refresh:
        session = replace(old, renewed_at=now)
    else:
        previous = old.session_key if old else ""
        key = await fresh_key(world)
        session = Session(app.appid, user.name, openid, key, now, now, previous)
    await world.store.put(session)
    return session


async def find(world: World, app: App, openid: str, now: float) -> Session | None:
    """The valid session of this openid in the app; None if there is none."""
    session = await world.store.get(Session, session_place(app.appid, openid))
    if session is None or now - session.renewed_at >= world.behaviour.session_expires_in:
        return None
    return session


def login_answer(world: World, app: App, user: User, session: Session) -> dict[str, object]:
    """The answer of a login: session_key, openid[, unionid]."""
    fields: dict[str, object] = {"session_key": session.session_key}
    if world.behaviour.legacy_expires_in is not None:
        fields["expires_in"] = world.behaviour.legacy_expires_in
    fields["openid"] = session.openid
    if unionid := users.unionid(world, app, user):
        fields["unionid"] = unionid
    if world.behaviour.errcode_on_success:
        fields |= {"errcode": 0, "errmsg": "ok"}
    return fields


async def rotate(world: World, session: Session) -> Session:
    """The session with a new key and the old end; the old key is no longer valid."""
    rotated = replace(session, session_key=await fresh_key(world), previous_key=session.session_key)
    await world.store.put(rotated)
    return rotated


async def signed(world: World, app: App, call: Call) -> Session:
    """The session whose key signed the call: 87008, 40003, 87007, 87009.

    The key is its base64 text, the message the empty string: these calls have no body to sign.
    """
    params = call.params
    if params.get("sig_method") != SIG_METHOD:
        raise WeChatError(87008, f"sig_method must be {SIG_METHOD}: {missing(call, 'sig_method')}")
    session = await _of_openid(world, app, call)
    call.user = session.user
    if session.renewed_at + world.behaviour.session_expires_in <= call.now:
        raise WeChatError(87007, "the session ended for want of use: let the user log in again")
    signature = params.get("signature", "")
    if call.body or signature != session_signature(b"", session.session_key):
        raise WeChatError(87009, why_wrong_signature(signature, session, call.body))
    return session


async def _of_openid(world: World, app: App, call: Call) -> Session:
    openid = call.params.get("openid", "")
    session = await world.store.get(Session, session_place(app.appid, openid))
    if session is None:
        raise WeChatError(
            40003,
            f"nobody logged in to {app.appid} has the openid {openid[:40]!r}"
            if openid
            else missing(call, "openid"),
        )
    return session


async def fresh_key(world: World) -> str:
    """A session_key that no session has had."""
    return world.ids.session_key(await world.store.next("session_key"))
