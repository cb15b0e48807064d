"""Codes: minted by the phone, spent once by the backend, dead after five minutes."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from ..core.call import Call
from ..core.entities import App, Code
from ..core.hints import ago, missing
from ..world.world import World
from . import apps
from .errors import WeChatError
from .scripted_codes import PREFIX, ScriptDue, scripted_code, works_always


class Refusals(NamedTuple):
    """The errcodes with which one kind of code is refused."""

    unknown: int
    used: int
    other_app: int


_OF_A_LOGIN = Refusals(40029, 40163, 40029)
_REFUSALS = {
    "phone": Refusals(40029, 40029, 40013),
    "plugin": Refusals(1007, 1007, 1007),
}
ANY_APP = ""
"""The appid of a code that any app may exchange: no app was named, and none was declared."""
GRANT_TYPE = "authorization_code"
"""The grant_type of a login."""
_SOURCES = {
    "login": "POST /_emulator/v1/wx/login or `wechat-emulator login`",
    "phone": "POST /_emulator/v1/wx/getPhoneNumber",
    "plugin": "POST /_emulator/v1/wx/pluginLogin",
}
MOCK = "the code is a mock one"
"""The code that WeChat's devtools give in a project without a real appid."""
_NEWER_LOGIN = "a newer wx.login ended it: behaviour.login_kills_older_code"


async def mint(
    world: World,
    appid: str,
    user: str,
    *,
    kind: str = "login",
    age: float = 0.0,
    expires_in: float | None = None,
    text: str = "",
    then: bytes = b"",
) -> Code:
    """A new code of this user in this app; `age` says how many seconds old it is already."""
    issued_at = await world.clock.now() - age
    if not text:
        text = _text(world, kind, await world.store.next(_counter(kind)))
    if expires_in is None:
        expires_in = world.behaviour.code_expires_in
    if world.behaviour.login_kills_older_code and kind == "login":
        await _kill_older(world, appid, user, issued_at)
    code = Code(text, appid, user, issued_at, issued_at + expires_in, kind=kind, then=then)
    await world.store.put(code)
    return code


async def mint_many(
    world: World, appid: str, users: list[str], count: int, kind: str = "login"
) -> list[Code]:
    """`count` fresh codes, dealt to the users in turn."""
    issued_at = await world.clock.now()
    expires_at = issued_at + world.behaviour.code_expires_in
    first = await world.store.next(_counter(kind), count)
    codes = [
        Code(_text(world, kind, n), appid, users[n % len(users)], issued_at, expires_at, kind=kind)
        for n in range(first, first + count)
    ]
    await world.store.put_many(codes)  # type: ignore[arg-type]  # list is invariant
    return codes


def check_grant_type(world: World, call: Call) -> None:
    """40002 for a wrong grant_type of a login. An absent one passes on the real server, too."""
    sent = call.params.get("grant_type", "")
    if sent or world.behaviour.require_grant_type:
        apps.check_grant_type(sent, GRANT_TYPE, missing(call, "grant_type"))


async def live_code(world: World, app: App, text: str, call: Call, kind: str = "login") -> Code:
    """The live code of this app with that text: 40029 or 40163 with the reason otherwise.

    ScriptDue where the code carries effects that do not act on this call yet.
    """
    code = await world.store.get(Code, text)
    if code is None:
        if not text.startswith(PREFIX):
            raise WeChatError(_refusals(kind).unknown, _why_unknown(text, kind))
        code = await scripted_code(world, app, text, call.now, kind)
    call.user = code.user
    await _check(world, code, app, kind, call.now)
    if code.then and not call.script_ran:
        raise ScriptDue(code.then)
    return code


async def _check(world: World, code: Code, app: App, kind: str, now: float) -> None:
    if code.kind != kind:
        raise WeChatError(
            _refusals(kind).unknown, f"this is a {code.kind} code, a {kind} code is wanted here"
        )
    if code.appid not in (ANY_APP, app.appid):
        if kind == "login" and world.behaviour.wrong_appid_burns_code:
            why = f"a call with appid {app.appid} (behaviour.wrong_appid_burns_code)"
            await _burn(world, code, now, why)
        raise WeChatError(
            _refusals(kind).other_app,
            f"the code was made for {code.appid}, the call came with {app.appid}: "
            f"ask for a code with appid {app.appid}",
        )
    _check_alive(code, now)


async def spend(world: World, code: Code, now: float) -> None:
    """Use the code up. If several calls try at once, one passes and the others get 40163."""
    if not await world.store.swap(code, replace(code, used_at=now)) and not works_always(code):
        raise WeChatError(
            _refusals(code.kind).used, "another call exchanged this code at the same moment"
        )


async def spend_if_wrong_secrets_do(world: World, code: Code, now: float) -> None:
    """After a 40125: use the code up, if `wrong_secret_burns_code` says so."""
    if world.behaviour.wrong_secret_burns_code:
        await _burn(world, code, now, "a wrong secret (behaviour.wrong_secret_burns_code)")


def is_dead(code: Code, now: float) -> bool:
    """Whether no exchange of the code can succeed any more."""
    return code.used_at is not None or (code.expires_at is not None and now >= code.expires_at)


def _check_alive(code: Code, now: float) -> None:
    if code.used_at is not None:
        how = f"was used up by {code.spoilt_by}" if code.spoilt_by else "was exchanged"
        when = ago(now - code.used_at)
        raise WeChatError(
            _refusals(code.kind).used, f"this code {how} {when}; each code works once"
        )
    if code.expires_at is not None and now >= code.expires_at:
        lived = f"codes live {code.expires_at - code.issued_at:.0f} s"
        ended = ago(now - code.expires_at)
        raise WeChatError(
            _refusals(code.kind).unknown, f"the code ended {ended} ({code.spoilt_by or lived})"
        )


def _refusals(kind: str) -> Refusals:
    return _REFUSALS.get(kind, _OF_A_LOGIN)


async def _burn(world: World, code: Code, now: float, why: str) -> None:
    if code.used_at is None:
        await world.store.swap(code, replace(code, used_at=now, spoilt_by=why))


async def _kill_older(world: World, appid: str, user: str, now: float) -> None:
    for code in await world.store.all(Code):
        if (code.appid, code.user, code.kind) == (appid, user, "login") and not is_dead(code, now):
            killed = replace(code, expires_at=now, spoilt_by=_NEWER_LOGIN)
            await world.store.swap(code, killed)


def _counter(kind: str) -> str:
    return "code" if kind == "login" else f"{kind} code"


def _text(world: World, kind: str, n: int) -> str:
    return world.ids.phone_code(n) if kind == "phone" else world.ids.code(n, kind)


def _why_unknown(text: str, kind: str) -> str:
    if text == MOCK:
        return "the devtools gave a mock code: open the project with a real appid"
    if " " in text:
        return "the code holds a blank: a '+' in it was not URL-encoded"
    return "this world never issued that code (or it ended long ago); get one with " + _SOURCES.get(
        kind, _SOURCES["login"]
    )
