"""What happens at the doors: a page is shown, somebody agrees or does not, and a code is made."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from ..core.entities import App, User
from ..core.hints import not_declared
from ..core.oauth_entities import Visit
from ..world.world import WorldView
from . import doors, oauth, users
from .doors import DoorError, Link

POLL = {"waiting": 408, "scanned": 404, "cancelled": 403, "confirmed": 405}
"""The wx_errcode of the QR page's poll."""
ENDED = 402
NOBODY = "没有该用户"
STALE = "页面已过期，请重新打开"
_SHOWN = 50
_LONGEST_NAME = 64


HELD = "a scan of the QR code"
"""What a poll that is held back waits for."""


class HeldBack(Exception):
    """A poll with nothing to tell yet: its answer waits until something happens."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def enter(world: WorldView, link: Link, params: Mapping[str, str], now: float) -> Visit:
    """The page that this link opens."""
    n = world.store.next("visit")
    visit = Visit(
        world.ids.code(n, "visit")[:16],
        _nonce(world),
        link.door.path,
        link.app.appid,
        link.redirect_uri,
        link.scope,
        link.state,
        "en" if params.get("lang") == "en" else "cn",
        now + world.behaviour.qr_expires_in,
        target="_self" if params.get("self_redirect") == "true" else "_top",
        platform=link.platform,
    )
    world.store.put(visit)
    return visit


def at_once(world: WorldView, link: Link, params: Mapping[str, str]) -> str:
    """Who agrees without being asked; empty where the page has to ask.

    To snsapi_base nobody ever is: it goes through as the first declared user.
    """
    named = params.get("emu_user", "") or link.app.oauth.approve
    return named or (offered(world)[0] if link.scope == oauth.BASE else "")


def agree(world: WorldView, link: Link, name: str, now: float, *, is_snapshot: bool) -> str:
    """The code that this user's consent gives the site."""
    user = users.find(world, name) if 0 < len(name) <= _LONGEST_NAME else None
    if user is None:
        known = [each.name for each in world.store.all(User)]
        raise DoorError(NOBODY, not_declared("user", name, known, world.name))
    is_snapshot = is_snapshot or (world.behaviour.oauth_snapshot and link.scope == oauth.USERINFO)
    return oauth.mint(world, link.app, user, link.scope, now, is_snapshot=is_snapshot).code


def refusal(world: WorldView, link: Link) -> str | None:
    """Where a refusal leads to; None if it leads nowhere."""
    how = world.behaviour.oauth_refusal
    if link.door is doors.QR or how == "none":
        return None
    return doors.location(link, "authdeny" if how == "authdeny" else None)


def returning(world: WorldView, uuid: str, nonce: str, now: float) -> Visit:
    """The visit whose form comes back. Each nonce is good once."""
    visit = world.store.get(Visit, uuid)
    if visit is None or visit.nonce != nonce:
        raise DoorError(STALE, "this form was sent before, or is of no page of this world")
    if now >= visit.expires_at or visit.status == "confirmed":
        raise DoorError(STALE, "the page has ended: open the site's link again")
    return put(world, visit, nonce=_nonce(world))


def put(world: WorldView, visit: Visit, **changed: object) -> Visit:
    """The visit with these changes, kept."""
    visit = replace(visit, **changed)
    world.store.put(visit)
    return visit


def link_of(world: WorldView, visit: Visit) -> Link:
    """The link that opened the page."""
    app = world.store.get(App, visit.appid) or App(visit.appid)
    door = doors.DOORS[visit.door]
    return Link(door, app, visit.redirect_uri, visit.scope, visit.state, visit.platform)


def poll_code(visit: Visit | None, now: float) -> int:
    """The wx_errcode that the page hears."""
    if visit is None or (now >= visit.expires_at and visit.status != "confirmed"):
        return ENDED
    return POLL[visit.status]


def offered(world: WorldView) -> list[str]:
    """The users whom the page has a button for; alice while none is declared."""
    return [user.name for user in world.store.all(User)[:_SHOWN]] or ["alice"]


def _nonce(world: WorldView) -> str:
    return world.ids.code(world.store.next("nonce"), "nonce")
