"""What the phone tells about its user: `wx.getUserInfo` and its siblings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.entities import App, Session, User
from ..wechat import codes, sessions, userdata, userkeys, users
from ..world.world import WorldView
from . import Request, route
from .subjects import TIMED_OUT, Failure, Who, known_app, known_user

_AUTH_DENY = Failure("auth deny", 103)
_USER_DENY = Failure("user deny")


class Asked(Who, kw_only=True, forbid_unknown_fields=True):
    """Who is asked, and what the user answers."""

    deny: Annotated[bool, Meta(description="The user refuses.")] = False
    fail: Annotated[str, Meta(description="Fails for this reason, the text after `:fail `.")] = ""
    errno: Annotated[int | None, Meta(description="The number beside `fail`.")] = None


class AskedGroup(Asked, kw_only=True, forbid_unknown_fields=True):
    """As `Asked`, with the chat group the mini program was shared into."""

    group: Annotated[
        str, Meta(description="Names the chat group; the same name is the same openGId.")
    ] = "family"


class AskedProfile(Asked, kw_only=True, forbid_unknown_fields=True):
    """As `Asked`, with the purpose WeChat shows the user."""

    desc: Annotated[str, Meta(description="What WeChat shows the user, up to 30 characters.")] = (
        "登录"
    )


class Scene(Struct, frozen=True):
    """A user who holds the phone, logged in or not."""

    world: WorldView
    app: App
    user: User
    session: Session | None
    now: float


def scene_of(request: Request) -> Scene:
    """The app and user of a phone call, with the session valid now."""
    world, who = request.world, request.body
    app = known_app(world, who.appid, who.user)
    user = known_user(world, who.user)
    now = request.now
    session = sessions.find(world, app, users.openid(world, app, user), now)
    return Scene(world, app, user, session, now)


def refusal(asked: Asked, denial: Failure) -> Failure | None:
    """How the phone fails if it was told to."""
    if asked.fail:
        return Failure(asked.fail, asked.errno)
    return denial if asked.deny else None


def answer(
    request: Request, api: str, make: Callable[[Scene, Session], dict[str, Any]]
) -> dict[str, Any]:
    """The success callback's object; the fail callback's without a session or a consent."""
    scene = scene_of(request)
    if failure := refusal(request.body, _AUTH_DENY):
        return failure.of(api)
    if scene.session is None:
        return TIMED_OUT.of(api)
    return {**make(scene, scene.session), "errMsg": f"{api}:ok"}


@route("POST", "wx/getUserInfo", body=Asked)
def get_user_info(request: Request) -> Any:
    """What wx.getUserInfo gives: userInfo, rawData with its signature, encryptedData."""
    return answer(request, "getUserInfo", _user_info)


@route("POST", "wx/getUserProfile", body=AskedProfile)
def get_user_profile(request: Request) -> Any:
    """What wx.getUserProfile gives: as getUserInfo, but never an openId."""
    if len(request.body.desc) > 30:
        return Failure("desc length does not meet the requirements").of("getUserProfile")
    return answer(request, "getUserProfile", _user_profile)


@route("POST", "wx/getPhoneNumber", body=Asked)
def get_phone_number(request: Request) -> Any:
    """What the getPhoneNumber button gives: a code, and with a session encryptedData."""
    scene = scene_of(request)
    if failure := refusal(request.body, _USER_DENY):
        return failure.of("getPhoneNumber")
    world, user, session = scene.world, scene.user, scene.session
    code = codes.mint(world, scene.app.appid, user.name, scene.now, kind="phone")
    fields: dict[str, Any] = {"errMsg": "getPhoneNumber:ok", "code": code.code}
    if session is not None:
        fields |= userdata.sealed_phone_number(world, user, session, scene.now)
    return fields


@route("POST", "wx/getWeRunData", body=Asked)
def get_we_run_data(request: Request) -> Any:
    """What wx.getWeRunData gives: encryptedData with the steps of 31 days."""
    return answer(request, "getWeRunData", _steps)


@route("POST", "wx/getShareInfo", body=AskedGroup)
def get_share_info(request: Request) -> Any:
    """What wx.getShareInfo gives: encryptedData with the group's openGId."""
    return answer(request, "getShareInfo", partial(_group, request.body.group))


@route("POST", "wx/getGroupEnterInfo", body=AskedGroup)
def get_group_enter_info(request: Request) -> Any:
    """What wx.getGroupEnterInfo gives: the same as getShareInfo."""
    return answer(request, "getGroupEnterInfo", partial(_group, request.body.group))


@route("POST", "wx/getLatestUserKey", body=Asked)
def get_latest_user_key(request: Request) -> Any:
    """What UserCryptoManager.getLatestUserKey gives: the user's newest key."""
    return answer(request, "getLatestUserKey", _newest_key)


@route("POST", "wx/pluginLogin", body=Asked)
def plugin_login(request: Request) -> Any:
    """What wx.pluginLogin gives: a code for getpluginopenpid; `appid` is the plugin's."""
    scene = scene_of(request)
    if failure := refusal(request.body, _AUTH_DENY):
        return failure.of("pluginLogin")
    code = codes.mint(scene.world, scene.app.appid, scene.user.name, scene.now, kind="plugin")
    return {"code": code.code, "errMsg": "pluginLogin:ok"}


def _user_info(scene: Scene, session: Session) -> dict[str, Any]:
    return userdata.user_info(scene.world, scene.app, scene.user, session, scene.now)


def _user_profile(scene: Scene, session: Session) -> dict[str, Any]:
    return userdata.user_info(
        scene.world, scene.app, scene.user, session, scene.now, with_ids=False
    )


def _steps(scene: Scene, session: Session) -> dict[str, Any]:
    data = userdata.steps(scene.world, scene.user, scene.now)
    return dict(userdata.seal(scene.world, session, data, scene.now))


def _group(name: str, scene: Scene, session: Session) -> dict[str, Any]:
    data: userdata.Fields = {"openGId": scene.world.ids.group(name)}
    return dict(userdata.seal(scene.world, session, data, scene.now))


def _newest_key(scene: Scene, session: Session) -> dict[str, Any]:
    key = userkeys.latest(scene.world, session, scene.now)[0]
    return {
        "encryptKey": key.encrypt_key,
        "expireTime": int(key.created_at) + userkeys.LIFETIME,
        "iv": key.iv,
        "version": key.version,
    }
