"""Apps: who may call, with which secret, from where."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from itertools import pairwise

from ..core import scalars
from ..core.call import Call
from ..core.entities import App
from ..core.hints import did_you_mean, missing, not_declared
from ..core.masking import mask
from ..world.world import World
from .errors import WeChatError

APPID = re.compile(scalars.APPID)
SECRET = re.compile(r"[0-9a-f]{32}")
SOME_APPID = "wx0000000000000001"
"""The appid that is used if none is named and none is declared."""


async def calling(world: World, call: Call) -> App:
    """The app that the call names, if it may call from this address: 41002, 40013, 40164."""
    appid = call.params.get("appid", "")
    if not appid:
        raise WeChatError(41002, missing(call, "appid"))
    app = await known(world, appid)
    check_address(app, call.peer)
    return app


async def known(world: World, appid: str) -> App:
    """The app of that appid, 40013 if there is none."""
    app = await find(world, appid)
    if app is None:
        raise WeChatError(40013, await _why_unknown(world, appid))
    return app


async def find(world: World, appid: str) -> App | None:
    """The app; while none is declared, any well-formed appid is one. None if it is unknown."""
    if app := await world.store.get(App, appid):
        return app
    if APPID.fullmatch(appid) and not await are_declared(world):
        return App(appid)
    return None


async def are_declared(world: World) -> bool:
    """Whether only declared apps pass."""
    if world.behaviour.strict_apps is not None:
        return world.behaviour.strict_apps
    return await world.store.count(App) > 0


async def first_appid(world: World) -> str:
    """The appid of the first declared app; empty if none is declared."""
    declared = await world.store.all(App)
    return declared[0].appid if declared else ""


def check_grant_type(sent: str, wanted: str, missing: str) -> None:
    """40002 unless the grant_type is the wanted one; `missing` says why there is none."""
    if sent != wanted:
        hint = f"grant_type must be {wanted!r}, you sent {sent[:80]!r}" if sent else missing
        raise WeChatError(40002, hint)


def check_platform(app: App, component_appid: str, token: str) -> None:
    """61003 unless the app lets this platform log in for it, 40001 unless the token is its own."""
    if not app.platforms:
        return
    if component_appid not in app.platforms:
        listed = ", ".join(app.platforms)
        raise WeChatError(
            61003, f"{app.appid} authorised {listed}, the call names {component_appid[:40]!r}"
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
    length = "" if len(sent) == len(own) else f" ({len(sent)} characters, not {len(own)})"
    return f"{what} is {mask(own)}, you sent {mask(sent)}{length}"


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
    """Warn once for each secret: a production secret does not belong in a test."""
    if _looks_real(secret):
        logging.getLogger("emulator").warning(
            "%s was called with the secret %s, which looks real and is not declared here; "
            "if it is, reset it and give tests a made-up one (or declare that one)",
            appid,
            mask(secret),
        )


def _looks_real(secret: str) -> bool:
    """Whether the 32 hex digits look random: no equal halves, no row such as 0123, many digits."""
    if not SECRET.fullmatch(secret) or secret[:16] == secret[16:]:
        return False
    digits = [int(digit, 16) for digit in secret]
    rows = sum(abs(a - b) <= 1 for a, b in pairwise(digits))
    return rows < 14 and len(set(digits)) > 8


async def _why_unknown(world: World, appid: str) -> str:
    declared = [app.appid for app in await world.store.all(App)]
    if not APPID.fullmatch(appid):
        sent = f"the secret (or what looks like it, {mask(appid)})"
        sent = sent if SECRET.fullmatch(appid) else repr(appid[:80])
        shape = f"an appid is 'wx' and 16 lowercase hex digits, you sent {sent}"
        return shape + did_you_mean(appid, declared)
    return not_declared("app", appid, declared, world.name)
