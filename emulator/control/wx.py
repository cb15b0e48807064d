"""The phone: each `wx/` route answers with the object that the callback in a mini program gets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct, json

from ..core.duration import Duration, lasting
from ..core.entities import App, Session, User
from ..core.scalars import AppIdOrEmpty, CodeTextOrEmpty, UserName
from ..rules.rule import Then
from ..wechat import codes, sessions, userdata, userkeys
from ..world.world import WorldView
from . import ControlRequest, route
from .subjects import (
    TIMED_OUT,
    Failure,
    UserInApp,
    refuse_taken,
    resolve_app,
    resolve_login_appid,
    resolve_user,
)

_AUTH_DENY = Failure("auth deny", 103)
_USER_DENY = Failure("user deny")


class Login(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `wx/login`."""

    appid: Annotated[
        AppIdOrEmpty,
        Meta(description="The app; empty is the first declared one, any while none is declared."),
    ] = ""
    user: Annotated[UserName, Meta(description="The user's name.")] = "alice"
    code: Annotated[CodeTextOrEmpty, Meta(description="Fixes the code's text.")] = ""
    age: Annotated[Duration, Meta(description="How old the code is already.")] = lasting(0)
    expires_in: Annotated[
        Duration | None,
        Meta(description="Its lifetime from birth to end; null is behaviour.code_expires_in."),
    ] = None
    then: Annotated[
        Then | None, Meta(description="Effects for this code's exchange, as in a rule.")
    ] = None


class WxCall(UserInApp, kw_only=True, forbid_unknown_fields=True):
    """The body of most `wx/` routes: whose phone it is, and whether the call shall fail."""

    deny: Annotated[bool, Meta(description="The user refuses.")] = False
    fail: Annotated[str, Meta(description="Fails for this reason, the text after `:fail `.")] = ""
    errno: Annotated[int | None, Meta(description="The number beside `fail`.")] = None


class WxGroupCall(WxCall, kw_only=True, forbid_unknown_fields=True):
    """As `WxCall`, with the chat group in which the mini program was shared."""

    group: Annotated[
        str, Meta(description="Names the chat group; the same name is the same openGId.")
    ] = "family"


class WxProfileCall(WxCall, kw_only=True, forbid_unknown_fields=True):
    """As `WxCall`, with the purpose that WeChat shows the user."""

    desc: Annotated[str, Meta(description="What WeChat shows the user, up to 30 characters.")] = (
        "登录"
    )


class Phone(Struct, frozen=True):
    """A user's phone with the app open."""

    world: WorldView
    app: App
    user: User
    session: Session | None
    """The valid session of the user in the app, if there is one."""
    now: float


@route("POST", "wx/login", body=Login)
def login(request: ControlRequest) -> Any:
    """What wx.login gives the success callback: a fresh code. Its session_key is valid at once."""
    world, body = request.world, request.body
    appid = resolve_login_appid(world, body.appid)
    user = resolve_user(world, body.user)
    refuse_taken(world, body.code, request.now)
    session = sessions.log_in(world, appid, user, request.now)
    code = codes.mint(
        world,
        appid,
        body.user,
        request.now,
        text=body.code,
        age=body.age,
        expires_in=body.expires_in,
        then=json.encode(body.then.source) if body.then else b"",
        session_key=session.session_key,
    )
    return {"code": code.code, "errMsg": "login:ok"}


@route("POST", "wx/checkSession", body=UserInApp)
def check_session(request: ControlRequest) -> Any:
    """What wx.checkSession gives the success or the fail callback."""
    phone = _resolve_phone(request)
    if phone.session is not None:
        return {"errMsg": "checkSession:ok"}
    return {"errMsg": f"checkSession:fail {TIMED_OUT.reason}"}


@route("POST", "wx/getUserInfo", body=WxCall)
def get_user_info(request: ControlRequest) -> Any:
    """What wx.getUserInfo gives: userInfo, rawData with its signature, encryptedData."""
    return _answer_with_session(request, "getUserInfo", _user_info)


@route("POST", "wx/getUserProfile", body=WxProfileCall)
def get_user_profile(request: ControlRequest) -> Any:
    """What wx.getUserProfile gives: as getUserInfo, but never an openId."""
    if len(request.body.desc) > 30:
        return Failure("desc length does not meet the requirements").to_json("getUserProfile")
    return _answer_with_session(request, "getUserProfile", _user_profile)


@route("POST", "wx/getPhoneNumber", body=WxCall)
def get_phone_number(request: ControlRequest) -> Any:
    """What the getPhoneNumber button gives: a code, and with a session encryptedData."""
    phone = _resolve_phone(request)
    if failure := _forced_failure(request.body, _USER_DENY):
        return failure.to_json("getPhoneNumber")
    world, user, session = phone.world, phone.user, phone.session
    code = codes.mint(world, phone.app.appid, user.name, phone.now, kind="phone")
    fields: dict[str, Any] = {"errMsg": "getPhoneNumber:ok", "code": code.code}
    if session is not None:
        fields |= userdata.sealed_phone_number(world, user, session, phone.now)
    return fields


@route("POST", "wx/getWeRunData", body=WxCall)
def get_we_run_data(request: ControlRequest) -> Any:
    """What wx.getWeRunData gives: encryptedData with the steps of 31 days."""
    return _answer_with_session(request, "getWeRunData", _sealed_steps)


@route("POST", "wx/getShareInfo", body=WxGroupCall)
def get_share_info(request: ControlRequest) -> Any:
    """What wx.getShareInfo gives: encryptedData with the group's openGId."""
    return _answer_with_session(request, "getShareInfo", partial(_sealed_group, request.body.group))


@route("POST", "wx/getGroupEnterInfo", body=WxGroupCall)
def get_group_enter_info(request: ControlRequest) -> Any:
    """What wx.getGroupEnterInfo gives: the same as getShareInfo."""
    return _answer_with_session(
        request, "getGroupEnterInfo", partial(_sealed_group, request.body.group)
    )


@route("POST", "wx/getLatestUserKey", body=WxCall)
def get_latest_user_key(request: ControlRequest) -> Any:
    """What UserCryptoManager.getLatestUserKey gives: the user's newest key."""
    return _answer_with_session(request, "getLatestUserKey", _newest_key)


@route("POST", "wx/pluginLogin", body=WxCall)
def plugin_login(request: ControlRequest) -> Any:
    """What wx.pluginLogin gives: a code for getpluginopenpid; `appid` is the plugin's."""
    phone = _resolve_phone(request)
    if failure := _forced_failure(request.body, _AUTH_DENY):
        return failure.to_json("pluginLogin")
    code = codes.mint(phone.world, phone.app.appid, phone.user.name, phone.now, kind="plugin")
    return {"code": code.code, "errMsg": "pluginLogin:ok"}


def _resolve_phone(request: ControlRequest) -> Phone:
    """The phone that the call is about; a Problem if the world does not know its app or user."""
    world, body = request.world, request.body
    app = resolve_app(world, body.appid, body.user)
    user = resolve_user(world, body.user)
    session = sessions.on_phone(world, app, user, request.now)
    return Phone(world, app, user, session, request.now)


def _forced_failure(body: WxCall, denial: Failure) -> Failure | None:
    """The failure that the body asks for."""
    if body.fail:
        return Failure(body.fail, body.errno)
    return denial if body.deny else None


def _answer_with_session(
    request: ControlRequest, api: str, make: Callable[[Phone, Session], dict[str, Any]]
) -> dict[str, Any]:
    """What the success callback gets; without a session or consent, what the fail callback gets."""
    phone = _resolve_phone(request)
    if failure := _forced_failure(request.body, _AUTH_DENY):
        return failure.to_json(api)
    if phone.session is None:
        return TIMED_OUT.to_json(api)
    return {**make(phone, phone.session), "errMsg": f"{api}:ok"}


def _user_info(phone: Phone, session: Session) -> dict[str, Any]:
    return userdata.user_info(phone.world, phone.app, phone.user, session, phone.now)


def _user_profile(phone: Phone, session: Session) -> dict[str, Any]:
    return userdata.user_info(
        phone.world, phone.app, phone.user, session, phone.now, with_ids=False
    )


def _sealed_steps(phone: Phone, session: Session) -> dict[str, Any]:
    data = userdata.steps(phone.world, phone.user, phone.now)
    return dict(userdata.seal(phone.world, session, data, phone.now))


def _sealed_group(name: str, phone: Phone, session: Session) -> dict[str, Any]:
    data: userdata.Fields = {"openGId": phone.world.ids.group(name)}
    return dict(userdata.seal(phone.world, session, data, phone.now))


def _newest_key(phone: Phone, session: Session) -> dict[str, Any]:
    key = userkeys.latest(phone.world, session, phone.now)[0]
    return {
        "encryptKey": key.encrypt_key,
        "expireTime": int(key.created_at) + userkeys.LIFETIME,
        "iv": key.iv,
        "version": key.version,
    }
