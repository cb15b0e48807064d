"""Codes: minted by the phone, spent once by the backend, dead after five minutes."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from ..core.call import Call
from ..core.damage import damage, no_value
from ..core.entities import App, Code, DeclaredCodes, NewestCode, newest_code_place
from ..core.hints import ago, missing
from ..core.masking import quoted
from ..world.world import WorldView
from . import apps
from .errors import WeChatError
from .scripted_codes import PREFIX, CodeCarriesEffects, is_reusable, scripted_code


class Refusals(NamedTuple):
    """What a kind of code is refused with."""

    unknown: int
    used: int
    other_app: int


_OF_A_LOGIN = Refusals(40029, 40163, 40029)
_REFUSALS = {
    "phone": Refusals(40029, 40029, 40013),
    "plugin": Refusals(1007, 1007, 1007),
}
ANY_APP = ""
"""What a code is for that was asked for without an app while none was declared."""
GRANT_TYPE = "authorization_code"
"""What trades a code in."""
_SOURCES = {
    "login": "POST /_emulator/v1/wx/login or `wechat-emulator login`",
    "phone": "POST /_emulator/v1/wx/getPhoneNumber",
    "plugin": "POST /_emulator/v1/wx/pluginLogin",
    "oauth": "POST /_emulator/v1/wx/authorize",
}
_IN_WORDS = {"oauth": "an OAuth code"}
_OF_APPS_ALIKE = ("login", "oauth")
"""Kinds that another app's appid spends."""
MOCK = "the code is a mock one"
"""What the devtools hand out without a real appid."""
_NEWER_LOGIN = "a newer wx.login ended it: behaviour.login_kills_older_code"


def mint(
    world: WorldView,
    appid: str,
    user: str,
    now: float,
    *,
    kind: str = "login",
    age: float = 0.0,
    expires_in: float | None = None,
    text: str = "",
    then: bytes = b"",
    session_key: str = "",
) -> Code:
    """A fresh code of this user in this app, `age` seconds old already."""
    issued_at = now - age
    if not text:
        text = _text(world, kind, world.store.next(_counter(kind)))
    if expires_in is None:
        expires_in = world.behaviour.code_expires_in
    openid = _openid(world, appid, user)
    ends_at = issued_at + expires_in
    code = Code(
        text,
        appid,
        user,
        issued_at,
        ends_at,
        kind=kind,
        then=then,
        openid=openid,
        session_key=session_key,
    )
    world.store.put(code)
    if kind == "login" and world.behaviour.login_kills_older_code:
        _end_older(world, code, issued_at)
    return code


def mint_many(
    world: WorldView, appid: str, users: list[str], count: int, now: float, kind: str = "login"
) -> list[Code]:
    """`count` fresh codes, dealt to the users in turn."""
    expires_at = now + world.behaviour.code_expires_in
    first = world.store.next(_counter(kind), count)
    codes = []
    for n in range(first, first + count):
        user = users[n % len(users)]
        openid = _openid(world, appid, user)
        text = _text(world, kind, n)
        code = Code(text, appid, user, now, expires_at, kind=kind, openid=openid)
        world.store.put(code)
        codes.append(code)
    return codes


def check_grant_type(world: WorldView, call: Call) -> None:
    """40002 for a wrong grant_type of a login. An absent one passes on the real server, too."""
    sent = call.params.get("grant_type", "")
    if sent != GRANT_TYPE and (sent or world.behaviour.require_grant_type):
        apps.check_grant_type(sent, GRANT_TYPE, missing(call, "grant_type"))


def live_code(world: WorldView, app: App, text: str, call: Call, kind: str = "login") -> Code:
    """The live code of this app with that text: 40029 or 40163 with the reason otherwise.

    CodeCarriesEffects where it carries effects that do not act on this call yet.
    """
    code = world.store.get(Code, text)
    if code is None:
        if not text.startswith(PREFIX):
            raise WeChatError(_refusals(kind).unknown, _why_unknown(world, text, kind))
        code = scripted_code(world, app, text, call.now, kind)
    call.user = code.user
    _check(world, code, app, kind, call.now)
    if code.then and not call.effects_applied:
        raise CodeCarriesEffects(code.then)
    return code


def _check(world: WorldView, code: Code, app: App, kind: str, now: float) -> None:
    if code.kind != kind:
        why = f"this is {_in_words(code.kind)}, {_in_words(kind)} is wanted here"
        raise WeChatError(_refusals(kind).unknown, why)
    if code.appid not in (ANY_APP, app.appid):
        if kind == "login":  # a code that is gone is 40163 for every app, who made it or not
            whose = f" (it is {code.appid}'s, the call came with {app.appid})"
            _check_unused(code, now, whose)
        if kind in _OF_APPS_ALIKE and world.behaviour.wrong_appid_burns_code:
            why = f"a call with appid {app.appid} (behaviour.wrong_appid_burns_code)"
            _burn(world, code, now, why)
        raise WeChatError(
            _refusals(kind).other_app,
            f"the code was made for {code.appid}, the call came with {app.appid}: "
            f"ask for a code with appid {app.appid}",
        )
    _check_alive(code, now)


def spend(world: WorldView, code: Code, now: float) -> None:
    """Use the code up: of racing calls exactly one finds it alive."""
    if not is_reusable(code):
        world.store.put(replace(code, used_at=now))


def spend_if_wrong_secrets_do(world: WorldView, code: Code, now: float) -> None:
    """After a 40125: use the code up where `behaviour` says so."""
    if world.behaviour.wrong_secret_burns_code:
        _burn(world, code, now, "a wrong secret (behaviour.wrong_secret_burns_code)")


def is_dead(code: Code, now: float) -> bool:
    """Whether no exchange of the code can succeed any more."""
    return code.used_at is not None or (code.expires_at is not None and now >= code.expires_at)


def newest_declared(world: WorldView, appid: str, user: str, now: float) -> Code | None:
    """The user's newest live one of the scenario's codes, for this app or for any."""
    texts: list[str] = []
    for place in (newest_code_place(ANY_APP, user), newest_code_place(appid, user)):
        declared = world.store.get(DeclaredCodes, place)
        texts += declared.codes if declared else ()
    found = [code for text in texts if (code := world.store.get(Code, text))]
    # Of those that came at the same moment the last one counts: it stands last in the file.
    live = [code for code in reversed(found) if code.user == user and not is_dead(code, now)]
    return max(live, key=lambda code: code.issued_at, default=None)


def _check_unused(code: Code, now: float, whose: str = "") -> None:
    if code.used_at is not None:
        how = f"was used up by {code.spoilt_by}" if code.spoilt_by else "was exchanged"
        when = ago(now - code.used_at)
        raise WeChatError(
            _refusals(code.kind).used, f"this code {how} {when}; each code works once{whose}"
        )


def _check_alive(code: Code, now: float) -> None:
    _check_unused(code, now)
    if code.expires_at is not None and now >= code.expires_at:
        lived = f"codes live {code.expires_at - code.issued_at:.0f} s"
        ended = ago(now - code.expires_at)
        raise WeChatError(
            _refusals(code.kind).unknown, f"the code ended {ended} ({code.spoilt_by or lived})"
        )


def _refusals(kind: str) -> Refusals:
    return _REFUSALS.get(kind, _OF_A_LOGIN)


def _in_words(kind: str) -> str:
    return _IN_WORDS.get(kind, f"a {kind} code")


def _burn(world: WorldView, code: Code, now: float, why: str) -> None:
    if code.used_at is None and not is_reusable(code):
        world.store.put(replace(code, used_at=now, spoilt_by=why))


def _end_older(world: WorldView, code: Code, now: float) -> None:
    """End the login code that was the user's newest in this app until now."""
    newest = world.store.get(NewestCode, newest_code_place(code.appid, code.user))
    world.store.put(NewestCode(code.appid, code.user, code.code, code.drop_at))
    older = world.store.get(Code, newest.code) if newest else None
    if older and older.code != code.code and not is_dead(older, now):
        world.store.put(replace(older, expires_at=now, spoilt_by=_NEWER_LOGIN))


def _openid(world: WorldView, appid: str, user: str) -> str:
    return "" if appid == ANY_APP else world.ids.openid(appid, user)


def _counter(kind: str) -> str:
    return "code" if kind == "login" else f"{kind} code"


def _text(world: WorldView, kind: str, n: int) -> str:
    return world.ids.phone_code(n) if kind == "phone" else world.ids.code(n, kind)


def _why_unknown(world: WorldView, text: str, kind: str) -> str:
    if text == MOCK:
        return "the devtools gave a mock code: open the project with a real appid"
    if why := no_value(text):
        return why
    sent = f"you sent {quoted(text, 60)}"
    if how := damage(text, partial(_known, world)):
        return f"{sent}: this is a code of this world {how}; send it as the phone gave it"
    source = _SOURCES[kind]
    return f"{sent}: this world never issued it (or it ended long ago); get one with {source}"


def _known(world: WorldView, text: str) -> str | None:
    """The code that this is, in whatever case."""
    lowered = text.lower()
    if lowered.startswith(PREFIX) and world.behaviour.scripted_codes:
        return text if text.startswith(PREFIX) else lowered
    for each in (text, lowered, world.ids.code_like(lowered)):
        if each and world.store.get(Code, each) is not None:
            return each
    return None
