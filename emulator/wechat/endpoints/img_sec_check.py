"""`POST /wxa/img_sec_check`: whether an image may be shown."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...world.world import WorldView
from .. import content, generic, tokens
from ..errors import WeChatError
from ..rows import LIBRARIES
from . import endpoint

_BIGGEST = 1024 * 1024


@endpoint(
    "POST",
    "/wxa/img_sec_check",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/api/open-api/sec-check/imgSecCheck.html",
    evidence=LIBRARIES,
)
def img_sec_check(call: Call, world: WorldView) -> dict[str, object]:
    """ok, or 87014 if the file's name or its bytes hold a risky word."""
    tokens.calling(world, call)
    generic.check_upload(call)
    if len(call.body) > _BIGGEST:
        raise WeChatError(40006, f"the upload has {len(call.body)} bytes, at most 1 MiB passes")
    verdict = content.judge(world, call.body)
    if verdict.suggest == "risky":
        raise WeChatError(87014, f"the upload holds {verdict.word!r}")
    return {"errcode": 0, "errmsg": "ok"}
