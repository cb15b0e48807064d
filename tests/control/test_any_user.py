"""Whoever the user is, the backend decrypts exactly that: any name, any emoji, any length."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from emulator.core.entities import App, User
from emulator.core.settings import Settings
from emulator.wechat import crypto, sessions, userdata
from emulator.worlds import Worlds

APP = App("wx0123456789abcdef", open_platform="acme")
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
ODD = ["👩‍👩‍👧‍👦", "\ue415", "\x14", '"\\/', "𠮷野家"]
USERS = st.builds(
    User,
    name=TEXT.filter(bool),
    nickname=TEXT | st.sampled_from(ODD) | st.text("🦄", max_size=3000),
    gender=st.integers(0, 2),
    city=TEXT,
    province=TEXT,
    country=TEXT,
    avatar_url=TEXT,
    phone=st.from_regex(r"(1[0-9]{10})?", fullmatch=True),
    country_code=st.sampled_from(["86", "1", "852"]),
)


async def sealed(user: User, full: bool) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The user's session, getUserInfo and getPhoneNumber."""
    world = (await Worlds(Settings()).open()).world.view
    if full:
        world.behaviour = replace(world.behaviour, user_info="full")
    session = sessions.log_in(world, APP.appid, user, 1.0)
    info = userdata.user_info(world, APP, user, session, 1.0)
    number = userdata.sealed_phone_number(world, user, session, 1.0)
    return sessions.login_answer(world, APP, user, session), info, dict(number)


def opened(session: dict[str, Any], data: dict[str, Any]) -> Any:
    fields = (data["encryptedData"], session["session_key"], data["iv"])
    return json.decode(crypto.decrypt(*map(b64decode, fields)))


@settings(deadline=None)
@given(USERS, st.booleans())
def test_everything_opens_to_what_was_sealed(user: User, full: bool) -> None:
    session, info, number = asyncio.run(sealed(user, full))
    data = opened(session, info)
    watermark = {"timestamp": 1, "appid": APP.appid}
    ids = {"openId": session["openid"], "unionId": session["unionid"]} if full else {}
    assert data == info["userInfo"] | ids | {"watermark": watermark}
    assert json.decode(info["rawData"]) == info["userInfo"]
    assert info["userInfo"]["nickName"] == ((user.nickname or user.name) if full else "微信用户")
    assert info["signature"] == crypto.data_signature(
        info["rawData"].encode(), session["session_key"]
    )
    phone = opened(session, number)
    assert phone["phoneNumber"].endswith(phone["purePhoneNumber"])
    assert user.phone in ("", phone["purePhoneNumber"])
