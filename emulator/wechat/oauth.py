"""Web logins: OAuth codes, the tokens they become, and what these show of the user.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core.call import Call
from ..core.entities import AccessToken, App, Code, User
from ..core.hints import ago, missing
from ..core.masking import mask, quoted
from ..core.oauth_entities import Consent, RefreshToken, UserToken
from ..world.world import WorldView
from . import codes, users
from .errors import WeChatError
from .userdata import NOBODY

BASE, USERINFO, LOGIN = "snsapi_base", "snsapi_userinfo", "snsapi_login"
KIND = "oauth"
"""What kind of code it is."""
GONE = "用户已经注销"
"""How userinfo calls a user whose account is closed."""
_AVATAR = "https://thirdwx.qlogo.cn/mmopen/vi_32/{}/132"
_TOKEN, _REFRESH = "user_token", "refresh_token"


def default_scope(app: App) -> str:
    """What an app asks for where nobody says it."""
    return LOGIN if app.kind in ("", "website") else USERINFO


def mint(
    world: WorldView,
    app: App,
    user: User,
    scope: str,
    now: float,
    *,
    text: str = "",
    age: float = 0.0,
    expires_in: float | None = None,
    is_snapshot: bool = False,
) -> Code:
    """A fresh code, as the door gives one once the user has agreed."""
    if expires_in is None:
        expires_in = _lifetime(world, app, scope)
    code = codes.mint(
        world, app.appid, user.name, now, kind=KIND, age=age, expires_in=expires_in, text=text
    )
    world.store.put(Consent(code.code, scope, is_snapshot, code.drop_at))
    return code


def exchange(world: WorldView, app: App, code: Code, now: float) -> dict[str, object]:
    """What a code becomes: access_token, expires_in, refresh_token, openid, scope …"""
    consent = world.store.get(Consent, code.code) or Consent(code.code, default_scope(app))
    user = _acting(world, code.user, consent.is_snapshot)
    openid = users.openid(world, app, user)
    ends_at = now + world.behaviour.user_token_expires_in
    text = world.ids.user_token(world.store.next(_TOKEN), _TOKEN)
    token = UserToken(
        text, app.appid, code.user, openid, consent.scope, now, ends_at, consent.is_snapshot
    )
    text = world.ids.user_token(world.store.next(_REFRESH), _REFRESH)
    ends_at = now + world.behaviour.refresh_token_expires_in
    renewer = RefreshToken(text, token.token, token, now, ends_at)
    world.store.put(token)
    world.store.put(renewer)
    fields = _answer(token, renewer, now)
    if unionid := _unionid(world, app, token):
        fields["unionid"] = unionid
    if consent.is_snapshot:
        fields["is_snapshotuser"] = 1
    return fields


def refresh(world: WorldView, app: App, text: str, call: Call) -> dict[str, object]:
    """The same token with its time renewed while it lives, a new one after: 40030, 42002."""
    now, renewer = call.now, world.store.get(RefreshToken, text)
    if renewer is None or renewer.grant.appid != app.appid:
        raise WeChatError(40030, _why_no_refresh(app, text, renewer))
    call.user = renewer.grant.user
    if now >= renewer.expires_at:
        ended = ago(now - renewer.expires_at)
        raise WeChatError(42002, f"the refresh_token ended {ended}: let the user log in again")
    ends_at = now + world.behaviour.user_token_expires_in
    token = world.store.get(UserToken, renewer.access_token)
    if token is not None and now < token.expires_at:
        token = replace(token, expires_at=ends_at)
    else:
        text = world.ids.user_token(world.store.next(_TOKEN), _TOKEN)
        token = replace(renewer.grant, token=text, issued_at=now, expires_at=ends_at)
        renewer = replace(renewer, access_token=text)
        world.store.put(renewer)
    world.store.put(token)
    return _answer(token, renewer, now)


def authorised(world: WorldView, call: Call) -> UserToken:
    """The live token of the call, with its openid: 41001, 40001, 42001, 41009, 40003."""
    params = call.params
    text, openid = params.get("access_token", ""), params.get("openid", "")
    if not text:
        raise WeChatError(41001, missing(call, "access_token"))
    token = world.store.get(UserToken, text)
    if token is None:
        raise WeChatError(40001, _why_no_token(world, text))
    call.user = token.user
    if call.now >= token.expires_at:
        ended = ago(call.now - token.expires_at)
        raise WeChatError(42001, f"the token ended {ended}: renew it with its refresh_token")
    if not openid:
        raise WeChatError(41009, missing(call, "openid"))
    if openid != token.openid:
        why = f"the token is {token.openid}'s in {token.appid}, you sent {quoted(openid, 40)}"
        raise WeChatError(40003, why)
    return token


def profile(world: WorldView, token: UserToken) -> dict[str, object]:
    """What userinfo shows: openid, nickname, sex … privilege[, unionid]."""
    user = _acting(world, token.user, token.is_snapshot)
    full = world.behaviour.user_info == "full"
    fields: dict[str, object] = {
        "openid": token.openid,
        "nickname": GONE if user.deregistered else user.nickname or user.name,
        "sex": user.gender if full else 0,
        "language": user.language if full else "",
        "city": user.city if full else "",
        "province": user.province if full else "",
        "country": user.country if full else "",
        "headimgurl": user.avatar_url or _AVATAR.format(world.ids.avatar(user.name)),
        "privilege": [],
    }
    app = world.store.get(App, token.appid) or App(token.appid)
    if unionid := _unionid(world, app, token):
        fields["unionid"] = unionid
    return fields


def _lifetime(world: WorldView, app: App, scope: str) -> float:
    behaviour = world.behaviour
    if scope == LOGIN or app.kind == "mobile":
        return behaviour.website_code_expires_in
    return behaviour.official_account_code_expires_in


def _acting(world: WorldView, name: str, is_snapshot: bool) -> User:
    """The user, or in a snapshot the virtual one that WeChat shows in the user's place."""
    if is_snapshot:
        return User(f"{name} (snapshot)", nickname=str(NOBODY["nickName"]))
    return users.find(world, name) or User(name)


def _unionid(world: WorldView, app: App, token: UserToken) -> str | None:
    """Only who agreed to be known has one here."""
    if token.scope == BASE:
        return None
    return users.unionid(world, app, _acting(world, token.user, token.is_snapshot))


def _answer(token: UserToken, renewer: RefreshToken, now: float) -> dict[str, object]:
    return {
        "access_token": token.token,
        "expires_in": round(token.expires_at - now),
        "refresh_token": renewer.token,
        "openid": token.openid,
        "scope": token.scope,
    }


def _why_no_token(world: WorldView, text: str) -> str:
    if world.store.get(AccessToken, text):
        return "this is the app's own token, of cgi-bin/token: send the user's, of sns/oauth2"
    if world.store.get(RefreshToken, text):
        return "this is a refresh_token: send the access_token that came with it"
    return f"this world never issued the token {mask(text)}, or it was forgotten since its end"


def _why_no_refresh(app: App, text: str, renewer: RefreshToken | None) -> str:
    if renewer is not None:
        return f"the refresh_token is of {renewer.grant.appid}, the call came with {app.appid}"
    return f"this world never issued the refresh_token {mask(text)}, or it ended long ago"
