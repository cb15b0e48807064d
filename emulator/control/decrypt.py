"""Why a backend cannot decrypt some data; `wechat-emulator decrypt` says the same."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, json

from ..core.call import Reply
from ..wechat import sessions
from ..wechat.decrypt_diagnosis import Opened, open_sealed
from . import ControlRequest, route
from .subjects import UserInApp, resolve_app, resolve_user


class Sealed(UserInApp, kw_only=True, forbid_unknown_fields=True):
    """The encrypted data that the phone gave, and the key that should decrypt it."""

    encryptedData: Annotated[str, Meta(description="As the phone gave it, in base64.")]
    iv: Annotated[str, Meta(description="As the phone gave it, in base64.")]
    session_key: Annotated[
        str, Meta(description="Default: the one valid now of the user in the app.")
    ] = ""


@route("POST", "decrypt", body=Sealed)
def decrypt(request: ControlRequest) -> Any:
    """What is in encryptedData, or why it cannot be decrypted; the hint says it, too."""
    body = request.body
    known = [body.session_key] if body.session_key else _keys(request)
    if not known:
        return _to_reply(
            Opened(problems=(f"{body.user!r} has no session: there is no session_key",))
        )
    app = resolve_app(request.world, body.appid, body.user)
    opened = open_sealed(body.encryptedData, known[0], body.iv, app.appid)
    for older in known[1:]:
        old = open_sealed(body.encryptedData, older, body.iv, app.appid)
        if opened.data is None and old.data is not None:
            stale = "it was encrypted with the session_key before the one valid now"
            opened = Opened(old.plaintext, old.data, (stale, *old.problems))
    return _to_reply(opened)


def _keys(request: ControlRequest) -> list[str]:
    """The user's session_key and the one before it."""
    world, body = request.world, request.body
    app = resolve_app(world, body.appid, body.user)
    user = resolve_user(world, body.user)
    session = sessions.find(world, app, user, request.now)
    return [key for key in (session.session_key, session.previous_key) if key] if session else []


def _to_reply(opened: Opened) -> Reply:
    return Reply(json.encode(opened), "application/json", hint="; ".join(opened.problems))
