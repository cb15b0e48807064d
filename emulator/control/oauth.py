"""`POST wx/authorize`: a web login without a browser."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from ..core.duration import Duration, lasting
from ..core.entities import App
from ..core.scalars import AppIdOrEmpty, CodeTextOrEmpty, UserName
from ..wechat import doors, oauth, visits
from ..world.world import WorldView
from . import ControlRequest, Problem, route
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
    redirect_uri: Annotated[
        str, Meta(description="Where the site wants the user back; empty gives the code alone.")
    ] = ""
    state: Annotated[str, Meta(description="What the site wants back with the code.")] = ""
    deny: Annotated[bool, Meta(description="The user refuses (see behaviour.oauth_refusal).")] = (
        False
    )
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
    """The code of a web login, and the location at which the user's browser brings it."""
    world, body = request.world, request.body
    app, user = resolve_app(world, body.appid), resolve_user(world, body.user)
    scope = body.scope or oauth.default_scope(app)
    link = _link(world, app, scope, body)
    if body.deny:
        refused = visits.refusal(world, link) if link else None
        return {"code": None, "location": refused}
    refuse_taken(world, body.code, request.now)
    code = oauth.mint(
        world,
        app,
        user,
        scope,
        request.now,
        text=body.code,
        age=body.age,
        expires_in=body.expires_in,
        is_snapshot=body.snapshot,
    )
    return {"code": code.code, "location": doors.location(link, code.code) if link else None}


def _link(world: WorldView, app: App, scope: str, body: Authorize) -> doors.Link | None:
    """The link that the site would have opened; None if all that is wanted is a code."""
    door = doors.of_scope(scope)
    if not body.redirect_uri and app.kind in ("", door.kind, "mobile"):
        return None
    sent = {"redirect_uri": body.redirect_uri, "state": body.state}
    try:
        return doors.check(world, door, {"appid": app.appid, "scope": scope, **sent})
    except doors.DoorError as error:
        raise Problem(422, error.title, error.hint) from None
