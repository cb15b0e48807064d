"""Apps: who may call, with which secret, from where."""

from __future__ import annotations

import logging
import re
from functools import lru_cache, partial
from itertools import pairwise

from ..core import masking, scalars
from ..core.call import Call
from ..core.damage import damage, invisible, no_value
from ..core.entities import App
from ..core.hints import did_you_mean, missing, not_declared
from ..core.masking import mask, quoted
from ..world.world import WorldView
from .errors import WeChatError

APPID = re.compile(scalars.APPID)
SECRET = re.compile(r"[0-9a-f]{32}")
SOME_APPID = "wx0000000000000001"
"""What an app is called where nobody named or declared one."""


def calling(world: WorldView, call: Call) -> App:
    """The app named by the call's `appid` from an address it allows: 41002, 40013, 40164."""
    appid = call.params.get("appid", "")
    if not appid:
        raise WeChatError(41002, missing(call, "appid"))
    app = known(world, appid)
    check_address(app, call.peer)
    return app


def calling_platform(world: WorldView, call: Call) -> App:
    """The app for which a third-party platform calls: 41002, 40013, 41001, 61003, 40001."""
    params = call.params
    if not params.get("appid"):
        raise WeChatError(41002, missing(call, "appid"))
    app = known(world, params["appid"])
    if not params.get("component_appid"):
        raise WeChatError(41002, missing(call, "component_appid"))
    if not (token := params.get("component_access_token", "")):
        raise WeChatError(41001, missing(call, "component_access_token"))
    check_platform(app, params["component_appid"], token)
    return app


def known(world: WorldView, appid: str) -> App:
    """The app of that appid, 40013 if there is none."""
    app = find(world, appid)
    if app is None:
        raise WeChatError(40013, _why_unknown(world, appid))
    return app


def find(world: WorldView, appid: str) -> App | None:
    """The app, made up on the spot while none is declared; None if WeChat would not know it."""
    return world.store.get(App, appid) or (None if are_declared(world) else _made_up(appid))


@lru_cache(maxsize=1024)
def _made_up(appid: str) -> App | None:
    """What stands for any well-formed appid as long as no app is declared."""
    return App(appid) if APPID.fullmatch(appid) else None


def are_declared(world: WorldView) -> bool:
    """Whether only declared apps pass."""
    if world.behaviour.strict_apps is not None:
        return world.behaviour.strict_apps
    return world.store.count(App) > 0


def first_appid(world: WorldView) -> str:
    """The first declared app's; empty while none is declared."""
    declared = world.store.all(App)
    return declared[0].appid if declared else ""


def secret_words(world: WorldView) -> masking.Words:
    """What to mask that nobody would know for a secret by its shape."""
    if not world.store.count(App):  # each call that is logged asks
        return masking.NONE
    declared = world.store.all(App)
    return masking.words_of(
        tuple([secret for app in declared for secret in (app.secret, *app.platforms.values())])
    )


def check_grant_type(sent: str, wanted: str, missing: str) -> None:
    """40002 unless the grant_type is the wanted one; `missing` says why there is none."""
    if sent != wanted:
        hint = f"grant_type must be {wanted!r}, you sent {quoted(sent)}" if sent else missing
        raise WeChatError(40002, hint)


def check_platform(app: App, component_appid: str, token: str) -> None:
    """61003 unless the app lets this platform log in for it, 40001 unless the token is its own."""
    if not app.platforms:
        return
    if component_appid not in app.platforms:
        listed = ", ".join(app.platforms)
        raise WeChatError(
            61003, f"{app.appid} authorised {listed}, the call names {quoted(component_appid, 40)}"
        )
    if (own := app.platforms[component_appid]) and token != own:
        raise WeChatError(
            40001,
            _why_different(f"the component_access_token of {component_appid}", own, token),
        )


def check_secret(app: App, secret: str) -> None:
    """40125 unless the secret is the app's; an app without one accepts any."""
    if secret == app.secret:
        return
    _warn_if_real(app.appid, secret)
    if app.secret:
        why = _why_different(f"the secret of {app.appid}", app.secret, secret)
        raise WeChatError(40125, why)


def check_address(app: App, peer: str) -> None:
    """40164 unless the app has no whitelist or the address is on it."""
    if app.ip_whitelist and not _is_listed(peer, app.ip_whitelist):
        raise WeChatError(
            40164,
            f"call came from {peer}; ip_whitelist of {app.appid}: {', '.join(app.ip_whitelist)}",
        )


def _why_different(what: str, own: str, sent: str) -> str:
    if why := no_value(sent):
        return f"{what} is {mask(own)}, you sent no secret: {why}"
    if how := damage(sent, lambda text: own if text.lower() == own.lower() else None):
        return f"{what} is {mask(own)}, you sent the same {how}"
    told = [f"{len(sent)} characters, not {len(own)}"] if len(sent) != len(own) else []
    if sent[-4:] == own[-4:] and not told:
        told = [f"both have {len(own)} characters and end alike, but they differ before"]
    told += [each for each in [invisible(sent)] if each]
    return f"{what} is {mask(own)}, you sent {mask(sent)}" + (
        f" ({'; '.join(told)})" if told else ""
    )


def _is_listed(peer: str, whitelist: tuple[str, ...]) -> bool:
    from ipaddress import IPv6Address, ip_address, ip_network  # few worlds have a whitelist

    if not peer:  # the client has gone meanwhile
        return False
    address = ip_address(peer)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in ip_network(entry, strict=False) for entry in whitelist)


@lru_cache(maxsize=1024)
def _warn_if_real(appid: str, secret: str) -> None:
    """Once per secret: nobody should find out from a leaked log that it was a production one."""
    if _looks_real(secret):
        logging.getLogger("emulator").warning(
            "%s was called with the secret %s, which looks real and is not declared here; "
            "if it is, reset it and give tests a made-up one (or declare that one)",
            appid,
            mask(secret),
        )


def _looks_real(secret: str) -> bool:
    """Whether the 32 hex digits look thrown: no halves alike, few neighbours in a row, no few."""
    if not SECRET.fullmatch(secret) or secret[:16] == secret[16:]:
        return False
    digits = [int(digit, 16) for digit in secret]
    rows = sum(abs(a - b) <= 1 for a, b in pairwise(digits))
    return rows < 14 and len(set(digits)) > 8


def _like_one(declared: list[str], text: str) -> str | None:
    """The appid that this is, in whatever case."""
    lowered = text.lower()
    return lowered if lowered in declared or APPID.fullmatch(lowered) else None


def _why_unknown(world: WorldView, appid: str) -> str:
    declared = [app.appid for app in world.store.all(App)]
    if why := no_value(appid):
        return why
    if not APPID.fullmatch(appid):
        sent = f"the secret (or what looks like it, {mask(appid)})"
        sent = sent if SECRET.fullmatch(appid) else quoted(appid)
        shape = f"an appid is 'wx' and 16 lowercase hex digits, you sent {sent}"
        how = damage(appid, partial(_like_one, declared))
        return shape + (f", an appid {how}" if how else "") + did_you_mean(appid, declared)
    return not_declared("app", appid, declared, world.name)
