"""`GET /connect/l/qrconnect`: what the page with the QR code asks until somebody has agreed."""

from __future__ import annotations

from ...core.call import OPEN, PLAIN, Call, Reply, as_json
from ...core.oauth_entities import Visit
from ...world.world import WorldView
from .. import doors, visits
from ..rows import LIBRARIES
from . import endpoint


@endpoint(
    "GET",
    "/connect/l/qrconnect",
    subsystem=OPEN,
    docs="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html",
    evidence=LIBRARIES,
)
def qrconnect_poll(call: Call, world: WorldView) -> Reply:
    """wx_errcode 408 nothing yet, 404 scanned, 403 cancelled, 405 with wx_code, 402 ended.

    It is held back while there is no news for who has heard of `last`.
    """
    params = call.params
    visit = world.store.get(Visit, params.get("uuid", ""))
    errcode, last = visits.poll_code(visit, call.now), params.get("last", "")
    if errcode == visits.POLL["waiting"] or str(errcode) == last:
        if call.waits_for != visits.HELD and (hold := world.behaviour.qr_hold):
            raise visits.HeldBack(hold)
        errcode = visits.POLL["waiting"]
    code = visit.code if visit and errcode == visits.POLL["confirmed"] else ""
    if params.get("f") == "json":
        told = {"wx_errcode": errcode, "wx_code": code}
        return Reply(as_json(told, escape_slash=False), PLAIN)
    body = f"window.wx_errcode={errcode};window.wx_code='{code}';"
    if params.get("f") == "url":
        back = doors.location(visits.link_of(world, visit), code) if visit and code else ""
        body += f"window.wx_redirecturl='{back}';"
    return Reply(body.encode(), PLAIN)
