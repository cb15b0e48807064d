"""`POST wx/authorize`: a web login without a browser."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from ..core.duration import Duration, lasting
from ..core.scalars import AppIdOrEmpty, CodeTextOrEmpty, UserName
from ..wechat import oauth
from . import ControlRequest, route
from .subjects import refuse_taken, resolve_app, resolve_user


class Authorize(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `wx/authorize`."""

    appid: Annotated[
        AppIdOrEmpty, Meta(description="The app; empty is the first declared one.")
    ] = ""
    user: Annotated[UserName, Meta(description="Who agrees.")] = "alice"
    scope: Annotated[
        Literal["", "snsapi_base", "snsapi_userinfo", "snsapi_login"],
        Meta(description="What the site asks for; empty is what fits the app's kind."),
    ] = ""
    snapshot: Annotated[
        bool, Meta(description="Whether the page is shown as a snapshot, to a virtual user.")
    ] = False
    code: Annotated[CodeTextOrEmpty, Meta(description="Fixes the code's text.")] = ""
    age: Annotated[Duration, Meta(description="How old the code is already.")] = lasting(0)
    expires_in: Annotated[
        Duration | None,
        Meta(description="Its lifetime; null is what `behaviour` says."),
    ] = None


@route("POST", "wx/authorize", body=Authorize)
def authorize(request: ControlRequest) -> Any:
    """The code that a web login gives the site once the user has agreed."""
    world, body = request.world, request.body
    app, user = resolve_app(world, body.appid), resolve_user(world, body.user)
    refuse_taken(world, body.code, request.now)
    code = oauth.mint(
        world,
        app,
        user,
        body.scope or oauth.default_scope(app),
        request.now,
        text=body.code,
        age=body.age,
        expires_in=body.expires_in,
        is_snapshot=body.snapshot,
    )
    return {"code": code.code}
