"""Sessions: the session_key that a login makes, one valid at a time per user and app.

`wx.login` makes the key together with the code, and the phone uses it at once; the exchange only
shows it. So what the phone encrypts between the two opens with the key that the backend gets.

https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core.call import Call
from ..core.entities import App, Code, LastLogin, Session, User, session_place
from ..core.hints import missing
from ..core.masking import quoted
from ..world.world import WorldView
from . import codes, users
from .codes import ANY_APP
from .crypto import session_signature
from .errors import WeChatError
from .signature_diagnosis import why_wrong_signature

SIG_METHOD = "hmac_sha256"
_DAY = 86400.0
_KEPT = 30 * _DAY
"""For how long a session is known after its last renewal, at least; then its openid is nobody's."""
_DEAD = (
    "this code's session_key is dead already: a newer wx.login of this user (or a reset of the "
    "key) replaced it, so what the phone encrypts now does not open with it; exchange the newest "
    "code"
)


def log_in(world: WorldView, appid: str, user: User, now: float) -> Session:
    """The session that a wx.login opens: with a new key, unless the last login was moments ago.

    One for `ANY_APP` waits for the app that exchanges its code. Until then it is the user's newest
    in whichever app is asked about, since that app may be the one.
    """
    last = world.store.get(LastLogin, user.name)
    before = appid or (last.appid if last else ANY_APP)
    openid = users.openid(world, App(before), user)
    old = _newest(world.store.get(Session, session_place(before, openid)), last, before, openid)
    if appid == ANY_APP:
        session = _opened(world, old, ANY_APP, user.name, "", now)
        world.store.put(LastLogin(user.name, before, session, session.drop_at))
    else:
        session = _opened(world, old, appid, user.name, openid, now)
        _keep(world, last, session)
    return session


def log_in_elsewhere(world: WorldView, appid: str, user: User, now: float) -> Session:
    """The session of a wx.login on a second device, whose code nobody here will see.

    It is a login like any other: `session_key_refresh` and `login_kills_older_code` hold for it.
    """
    session = log_in(world, appid, user, now)
    codes.mint(world, appid, user.name, now, session_key=session.session_key)
    return session


def exchange(world: WorldView, app: App, user: User, code: Code, call: Call) -> Session:
    """The session that the code stands for; with a dead key, and a hint, if a newer login came.

    A code without a key of its own (of `POST codes`, declared, scripted) opens its session now.
    """
    openid = users.openid(world, app, user, code.openid)
    last = world.store.get(LastLogin, user.name)
    old = world.store.get(Session, session_place(app.appid, openid))
    if last is not None and last.unclaimed is not None:
        old = _newest(old, last, app.appid, openid)
    call.hint = ""
    if not code.session_key:
        session = _opened(world, old, app.appid, user.name, openid, call.now)
    elif old is not None and old.session_key == code.session_key:
        session = replace(old, renewed_at=call.now, drop_at=_drop_at(world, call.now))
    elif old is None or _is_newer(code, old, last):
        previous = old.session_key if old else ""
        times = code.issued_at, call.now
        drop_at = _drop_at(world, call.now)
        session = Session(app.appid, user.name, openid, code.session_key, *times, previous, drop_at)
    else:
        call.hint = _DEAD
        return replace(old, session_key=code.session_key)
    _keep(world, last, session)
    return session


def find(world: WorldView, app: App, user: User, now: float) -> Session | None:
    """The user's valid session in the app: the one of the last login."""
    openid = users.openid(world, app, user)
    stored = world.store.get(Session, session_place(app.appid, openid))
    session = _newest(stored, world.store.get(LastLogin, user.name), app.appid, openid)
    if session is None or _has_ended(world, session, now):
        return None
    return session


def on_phone(world: WorldView, app: App, user: User, now: float) -> Session | None:
    """The session whose key the phone uses: the valid one, else that of a declared code.

    Who declares a code means that its user has logged in, so the newest live one makes its key
    here, if its exchange has not done so before.
    """
    if session := find(world, app, user, now):
        return session
    code = codes.newest_declared(world, app.appid, user.name, now)
    if code is None or code.session_key:
        return None
    opened = log_in(world, code.appid, user, now)
    world.store.put(replace(code, session_key=opened.session_key))
    return find(world, app, user, now)


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
    _keep(world, world.store.get(LastLogin, session.user), rotated)
    return rotated


def expire(world: WorldView, session: Session, now: float) -> None:
    """End the session as if it had not been used for long: 87007, and the phone must log in."""
    # A second more, or rounding leaves it a moment to live.
    renewed_at = now - world.behaviour.session_expires_in - 1.0
    ended = replace(session, renewed_at=renewed_at)
    _keep(world, world.store.get(LastLogin, session.user), ended)


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
    if _has_ended(world, session, call.now):
        raise WeChatError(87007, "the session ended for want of use: let the user log in again")
    signature = params.get("signature", "")
    if call.body or signature != session_signature(b"", session.session_key):
        raise WeChatError(87009, why_wrong_signature(call, session))
    return session


def newest(stored: Session, last: LastLogin | None) -> Session:
    """The session as the user's last login left it, which no app may have claimed yet."""
    return _newest(stored, last, stored.appid, stored.openid) or stored


def fresh_key(world: WorldView) -> str:
    """A session_key that never was any session's."""
    return world.ids.session_key(world.store.next("session_key"))


def _newest(
    stored: Session | None, last: LastLogin | None, appid: str, openid: str
) -> Session | None:
    """What is stored for the app, or in its place a later login that no app has claimed yet."""
    unclaimed = last.unclaimed if last else None
    if unclaimed is None:
        return stored
    previous = unclaimed.previous_key
    if stored is not None:
        same = stored.session_key == unclaimed.session_key
        previous = stored.previous_key if same else stored.session_key
    return replace(unclaimed, appid=appid, openid=openid, previous_key=previous)


def _opened(
    world: WorldView, old: Session | None, appid: str, user: str, openid: str, now: float
) -> Session:
    """A session with a new key, or with the old one's if that was opened moments ago."""
    drop_at = _drop_at(world, now)
    if old is None:
        return Session(appid, user, openid, fresh_key(world), now, now, "", drop_at)
    if 0 <= now - old.opened_at < world.behaviour.session_key_refresh:
        return replace(old, appid=appid, openid=openid, renewed_at=now, drop_at=drop_at)
    return Session(appid, user, openid, fresh_key(world), now, now, old.session_key, drop_at)


def _is_newer(code: Code, session: Session, last: LastLogin | None) -> bool:
    """Whether a code of any app is of a later login than this app's session.

    It can be, if the user logged in to another app meanwhile: then no session waits for a claim.
    """
    elsewhere = last is not None and last.appid != session.appid
    return elsewhere and code.appid == ANY_APP and session.opened_at < code.issued_at


def _keep(world: WorldView, last: LastLogin | None, session: Session) -> None:
    """Store the session, and that the user's last login was to its app."""
    world.store.put(session)
    if (
        last is None
        or last.appid != session.appid
        or last.drop_at != session.drop_at
        or last.unclaimed is not None
    ):
        world.store.put(LastLogin(session.user, session.appid, None, session.drop_at))


def _drop_at(world: WorldView, now: float) -> float:
    """The end of a day a month from now, or after twice a session's life if that is longer."""
    kept = 2 * world.behaviour.session_expires_in
    return ((now + (kept if kept > _KEPT else _KEPT)) // _DAY + 1) * _DAY


def _has_ended(world: WorldView, session: Session, now: float) -> bool:
    return now - session.renewed_at >= world.behaviour.session_expires_in


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
    return newest(session, world.store.get(LastLogin, session.user))
