"""`/wxa/business/getuserencryptkey`: the keys of a user's end-to-end encryption."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...world.world import WorldView
from .. import sessions, tokens, userkeys
from ..errors import WeChatError
from . import endpoint


# The page says GET, programs that work send a POST with nothing in it: either passes.
@endpoint(
    "GET",
    "/wxa/business/getuserencryptkey",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/internet/api_getuserencryptkey",
)
def getuserencryptkey(call: Call, world: WorldView) -> dict[str, object]:
    """key_info_list of the last three keys; an empty list stands beside an error."""
    app = tokens.calling(world, call)
    try:
        session = sessions.signed(world, app, call)
    except WeChatError as error:
        error.extra = {"key_info_list": []}
        raise
    keys = userkeys.latest(world, session, call.now)
    return {
        "errcode": 0,
        "errmsg": "ok",
        "key_info_list": [
            {
                "encrypt_key": key.encrypt_key,
                "version": key.version,
                "expire_in": userkeys.expires_in(key, call.now),
                "iv": key.iv,
                "create_time": int(key.created_at),
            }
            for key in keys
        ],
    }
