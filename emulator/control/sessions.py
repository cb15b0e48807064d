"""Sessions that change behind the backend's back: another key, or an early end."""

from __future__ import annotations

from typing import Any

from ..core.entities import Session
from ..wechat import sessions
from . import ControlRequest, Problem, route
from .subjects import UserInApp, resolve_app, resolve_user


@route("POST", "sessions/rotate", body=UserInApp)
def rotate_session(request: ControlRequest) -> Any:
    """Give the user's session another session_key, as a login elsewhere does; the old is dead."""
    session = sessions.rotate(request.world, _session(request))
    return {
        "appid": session.appid,
        "user": session.user,
        "openid": session.openid,
        "session_key": session.session_key,
    }


@route("POST", "sessions/expire", body=UserInApp)
def expire_session(request: ControlRequest) -> Any:
    """End the user's session for want of use: 87007, and wx.checkSession fails."""
    session = _session(request)
    sessions.expire(request.world, session, request.now)
    return {"appid": session.appid, "user": session.user, "openid": session.openid}


def _session(request: ControlRequest) -> Session:
    world, body = request.world, request.body
    user = resolve_user(world, body.user)
    app = resolve_app(world, body.appid, body.user)
    if session := sessions.find(world, app, user, request.now):
        return session
    detail = f"{user.name} has no valid session in {app.appid}: log in first (POST wx/login)"
    raise Problem(404, "No session", detail)
