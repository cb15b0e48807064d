"""`POST /wxa/business/checkencryptedmsg`: whether WeChat made some encryptedData."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...core.entities import SealedData
from ...world.world import WorldView
from .. import json_body, tokens
from ..errors import WeChatError
from ..rows import LIBRARIES
from . import endpoint


@endpoint(
    "POST",
    "/wxa/business/checkencryptedmsg",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/basic-info/api_checkencrypteddata",
    evidence=LIBRARIES,
)
def checkencryptedmsg(call: Call, world: WorldView) -> dict[str, object]:
    """vaild (so it is spelt), create_time: of phone numbers sealed in the last three days."""
    tokens.calling(world, call)
    body = json_body.read(call)
    wanted = json_body.text(body, "encrypted_msg_hash")
    if not wanted:
        raise WeChatError(47001, json_body.missing(body, "encrypted_msg_hash"))
    sealed = world.store.get(SealedData, wanted)
    known = sealed is not None and sealed.drop_at is not None and call.now < sealed.drop_at
    created_at = int(sealed.created_at) if sealed and known else 0
    return {"errcode": 0, "errmsg": "ok", "vaild": known, "create_time": created_at}
