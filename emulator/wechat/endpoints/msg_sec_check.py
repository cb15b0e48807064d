"""`POST /wxa/msg_sec_check`: whether a text may be shown; version 2 asks who wrote it."""

from __future__ import annotations

from ...core.call import WXA, Call
from ...core.entities import App
from ...world.world import WorldView
from .. import content, json_body, tokens
from ..errors import WeChatError
from . import endpoint

_LONGEST = 2500
_LABELS = {"pass": 100, "review": 21000, "risky": 21000}
"""100 is nothing found, 21000 is whatever has no label of its own."""


@endpoint(
    "POST",
    "/wxa/msg_sec_check",
    subsystem=WXA,
    docs="https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html",
)
def msg_sec_check(call: Call, world: WorldView) -> dict[str, object]:
    """detail, trace_id, result with suggest; without `version: 2` only ok, or 87014."""
    app = tokens.calling(world, call)
    body = json_body.read(call)
    text = json_body.text(body, "content")
    if not text:
        raise WeChatError(47001, json_body.missing(body, "content"))
    if body.get("version") in (2, "2"):
        return _second(call, world, app, body, text)
    verdict = content.judge(world, text)
    if verdict.suggest == "risky":
        raise WeChatError(87014, f"the text holds {verdict.word!r}")
    return {"errcode": 0, "errmsg": "ok"}


def _second(
    call: Call, world: WorldView, app: App, body: json_body.Body, text: str
) -> dict[str, object]:
    """Version 2: errcode 0 also for a risky text, so a backend that looks no further lets it in."""
    openid = json_body.text(body, "openid")
    if not openid:
        raise WeChatError(40003, json_body.missing(body, "openid"))
    call.user = content.check_visitor(world, app, openid, call.now)
    if body.get("scene") not in (1, 2, 3, 4):
        raise WeChatError(40129, "scene must be 1 (profile), 2 (comment), 3 (forum) or 4 (diary)")
    if len(text) > _LONGEST:
        raise WeChatError(45002, f"content has {len(text)} characters, at most {_LONGEST} pass")
    parts = (json_body.text(body, name) for name in ("nickname", "title", "signature"))
    verdict = content.judge(world, "\n".join([text, *parts]))
    result = {"suggest": verdict.suggest, "label": _LABELS[verdict.suggest]}
    keyword = result | {"keyword": verdict.word} if verdict.word else {}
    return {
        "errcode": 0,
        "errmsg": "ok",
        "detail": [
            {"strategy": "keyword", "errcode": 0, **keyword},
            {"strategy": "content_model", "errcode": 0, **result, "prob": 90},
        ],
        "trace_id": world.ids.rid(world.store.next("trace_id"), call.now),
        "result": result,
    }
