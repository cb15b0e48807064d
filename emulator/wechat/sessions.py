"""Sessions: the session_key an exchange gives, one valid at a time per user and app.

https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core.call import Call
from ..core.entities import App, LastLogin, Session, User, session_place
from ..core.hints import missing
from ..core.masking import quoted
from ..world.world import WorldView
from . import users
from .crypto import session_signature
from .decrypt_diagnosis import why_wrong_signature
from .errors import WeChatError

SIG_METHOD = "hmac_sha256"


def open(world: WorldView, app: App, user: User, openid: str, now: float) -> Session:
    """The session after an exchange: a new key, unless the last exchange was moments ago."""
    old = world.store.get(Session, session_place(app.appid, openid))
    if old is not None and 0 <= now - old.opened_at < world.behaviour.session_key_refresh:
        session = replace(old, renewed_at=now)
    else:
        previous = old.session_key if old else ""
        key = fresh_key(world)
        session = Session(app.appid, user.name, openid, key, now, now, previous)
    world.store.put(session)
    last = world.store.get(LastLogin, user.name)
    if last is None or last.appid != app.appid:
        world.store.put(LastLogin(user.name, app.appid))
    return session


def find(world: WorldView, app: App, openid: str, now: float) -> Session | None:
    """The openid's valid session in the app."""
    session = world.store.get(Session, session_place(app.appid, openid))
    if session is None or now - session.renewed_at >= world.behaviour.session_expires_in:
        return None
    return session


def login_answer(world: WorldView, app: App, user: User, session: Session) -> dict[str, object]:
    """What a login answers: session_key, openid[, unionid]."""
    fields: dict[str, object] = {"session_key": session.session_key}
    if world.behaviour.legacy_expires_in is not None:
        fields["expires_in"] = world.behaviour.legacy_expires_in
    fields["openid"] = session.openid
    if unionid := users.unionid(world, app, user):
        fields["unionid"] = unionid
    if world.behaviour.errcode_on_success:
        fields |= {"errcode": 0, "errmsg": "ok"}
    return fields


def rotate(world: WorldView, session: Session) -> Session:
    """The session with a fresh key that inherits the old one's expiry; the old key is dead."""
    rotated = replace(session, session_key=fresh_key(world), previous_key=session.session_key)
    world.store.put(rotated)
    return rotated


def signed(world: WorldView, app: App, call: Call) -> Session:
    """The session whose key signed the call: 87008, 40003, 87007, 87009.

    The key is its base64 text, the message the empty string: these calls have no body to sign.
    """
    params = call.params
    if (sent := params.get("sig_method")) != SIG_METHOD:
        came = f"you sent {quoted(sent, 40)}" if sent else missing(call, "sig_method")
        raise WeChatError(87008, f"sig_method must be {SIG_METHOD}: {came}")
    session = _of_openid(world, app, call)
    call.user = session.user
    if session.renewed_at + world.behaviour.session_expires_in <= call.now:
        raise WeChatError(87007, "the session ended for want of use: let the user log in again")
    signature = params.get("signature", "")
    if call.body or signature != session_signature(b"", session.session_key):
        raise WeChatError(87009, why_wrong_signature(signature, session, call.body))
    return session


def _of_openid(world: WorldView, app: App, call: Call) -> Session:
    openid = call.params.get("openid", "")
    session = world.store.get(Session, session_place(app.appid, openid))
    if session is None:
        raise WeChatError(
            40003,
            f"nobody logged in to {app.appid} has the openid {quoted(openid, 40)}"
            if openid
            else missing(call, "openid"),
        )
    return session


def fresh_key(world: WorldView) -> str:
    """A session_key that never was any session's."""
    return world.ids.session_key(world.store.next("session_key"))
