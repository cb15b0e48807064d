"""`GET /cgi-bin/ticket/getticket`: what signs the calls of a web page's JS-SDK."""

from __future__ import annotations

from ...core.call import CGI, Call
from ...core.entities import Ticket, ticket_place
from ...world.world import WorldView
from .. import tokens
from ..errors import WeChatError
from ..rows import LIBRARIES
from . import endpoint

_TYPES = ("jsapi", "wx_card")
_LIFE = 7200


@endpoint(
    "GET",
    "/cgi-bin/ticket/getticket",
    subsystem=CGI,
    docs="https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html",
    evidence=LIBRARIES,
)
def getticket(call: Call, world: WorldView) -> dict[str, object]:
    """ticket, expires_in: of each type one at a time, for 7200 s.

    That a second call in that time gives the same ticket is inferred: nobody reports two at once.
    """
    app = tokens.calling(world, call)
    kind = call.params.get("type", "")
    if kind not in _TYPES:
        raise WeChatError(40097, f"type must be one of {', '.join(_TYPES)}, you sent {kind[:40]!r}")
    held = world.store.get(Ticket, ticket_place(app.appid, kind))
    if held is None or held.expires_at <= call.now:
        text = world.ids.ticket(world.store.next("ticket"))
        held = Ticket(app.appid, kind, text, call.now + _LIFE)
        world.store.put(held)
    left = round(held.expires_at - call.now)
    return {"errcode": 0, "errmsg": "ok", "ticket": held.ticket, "expires_in": left}
