"""User data as the phone gives it to a mini program: encrypted with the valid session_key.

https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
"""

from __future__ import annotations

from base64 import b64encode

from msgspec import json

from ..core.entities import App, SealedData, Session, User
from ..world.world import World
from . import crypto, users
from .quotas import day_of, midnight

NOBODY = {
    "nickName": "微信用户",
    "gender": 0,
    "language": "zh_CN",
    "city": "",
    "province": "",
    "country": "",
    "avatarUrl": "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6ic"
    "RiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132",
}
"""What getUserInfo has shown of every user since October 2022."""

Fields = dict[str, object]


def profile(world: World, user: User) -> Fields:
    """`userInfo`: nickName, gender, language, city, province, country, avatarUrl."""
    if world.behaviour.user_info == "anonymous":
        return NOBODY
    return {
        "nickName": user.nickname or user.name,
        "gender": user.gender,
        "language": user.language,
        "city": user.city,
        "province": user.province,
        "country": user.country,
        "avatarUrl": user.avatar_url,
    }


def phone_number(world: World, user: User) -> Fields:
    """phoneNumber, purePhoneNumber, countryCode; a foreign phoneNumber starts with its code."""
    pure = user.phone or world.ids.phone(user.name)
    abroad = "" if user.country_code == "86" else user.country_code
    return {
        "phoneNumber": abroad + pure,
        "purePhoneNumber": pure,
        "countryCode": user.country_code,
    }


def steps(world: World, user: User, now: float) -> Fields:
    """stepInfoList: 31 days of steps, oldest first, each at Beijing's midnight."""
    today = day_of(now)
    return {
        "stepInfoList": [
            {"timestamp": midnight(day), "step": world.ids.steps(user.name, day)}
            for day in range(today - 30, today + 1)
        ]
    }


def watermark(appid: str, now: float) -> Fields:
    """`{timestamp, appid}`: when and for whom the data was made. A reader must check the appid."""
    return {"timestamp": int(now), "appid": appid}


async def user_info(
    world: World, app: App, user: User, session: Session, now: float, *, with_ids: bool = True
) -> Fields:
    """What getUserInfo gives, and without ids getUserProfile: plain, signed and sealed."""
    shown = profile(world, user)
    raw_data = json.encode(shown)
    if with_ids and world.behaviour.user_info == "full":
        shown = {"openId": session.openid, **shown}
        if unionid := users.unionid(world, app, user):
            shown["unionId"] = unionid
    sealed = await seal(world, session, shown, now)
    return {
        "cloudID": sealed["cloudID"],
        "encryptedData": sealed["encryptedData"],
        "iv": sealed["iv"],
        "rawData": raw_data.decode(),
        "signature": crypto.data_signature(raw_data, session.session_key),
        "userInfo": profile(world, user),
    }


async def sealed_phone_number(
    world: World, user: User, session: Session, now: float
) -> dict[str, str]:
    """The user's phone number sealed, the one kind of data that checkencryptedmsg knows."""
    sealed = await seal(world, session, phone_number(world, user), now)
    await world.store.put(SealedData(crypto.message_hash(sealed["encryptedData"]), now))
    return sealed


async def seal(world: World, session: Session, data: Fields, now: float) -> dict[str, str]:
    """cloudID, encryptedData and iv of the data with its watermark."""
    n = await world.store.next("iv")
    iv = world.ids.iv(n)
    plaintext = json.encode({**data, "watermark": watermark(session.appid, now)})
    encrypted = crypto.seal(plaintext, session.session_key, iv)
    return {
        "cloudID": world.ids.cloud_id(n),
        "encryptedData": encrypted,
        "iv": b64encode(iv).decode(),
    }
