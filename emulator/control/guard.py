"""Refuses control calls that a web page may have made, also one that uses DNS rebinding."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest

from ..core.hosts import WECHAT_HOSTS, covers, host_name, is_address, own_name
from ..core.masking import quoted
from ..core.settings import Settings
from ..core.web_pages import is_foreign
from . import Problem

# No stranger can have a name like these. Of .local, the rest goes to whoever in the same network
# claims it first (mDNS).
_LOCAL = (".localhost", ".internal", ".svc.cluster.local")


def check(method: str, headers: Mapping[str, str], settings: Settings) -> None:
    """Raise a Problem unless the call may go on."""
    _check_host(headers.get("Host", ""), settings)
    _check_origin(headers)
    _check_token(headers.get("Authorization", ""), settings.control_token)


def check_content_type(headers: Mapping[str, str], takes: tuple[str, ...]) -> str:
    """The body's media type; it must be one that a form on a web page cannot send."""
    sent = headers.get("Content-Type", "")
    media_type = sent.partition(";")[0].strip().lower()
    if media_type not in takes:
        other = f" (or {', '.join(takes[1:])})" if takes[1:] else ""
        raise Problem(
            415,
            "Unsupported content type",
            f"send the header 'Content-Type: {takes[0]}'{other}: "
            + (f"you sent {quoted(sent)}" if sent else "there was none"),
        )
    return media_type


def _check_host(host: str, settings: Settings) -> None:
    name = host_name(host)
    known = (*WECHAT_HOSTS, *_LOCAL, own_name(), *map(host_name, settings.allowed_hosts))
    if is_address(name) or "." not in name or covers(known, name):
        return
    raise Problem(
        421,
        "Unknown host",
        f"the control API does not answer to the host name {quoted(name, 100)}; "
        "if it is yours, name it in WECHAT_EMULATOR_ALLOWED_HOSTS",
    )


def _check_origin(headers: Mapping[str, str]) -> None:
    if is_foreign(headers):
        origin = headers.get("Origin")
        page = "another site" if origin is None else quoted(origin, 100)
        raise Problem(
            403,
            "Foreign page",
            f"a page of {page} may not drive the emulator; "
            "call it from a program, or from its own page",
        )


def _check_token(authorization: str, token: str) -> None:
    scheme, _, credentials = authorization.partition(" ")
    sent = f"{scheme.lower()} {credentials.strip()}".encode("utf-8", "surrogateescape")
    if token and not compare_digest(sent, f"bearer {token}".encode("utf-8", "surrogateescape")):
        raise Problem(
            401,
            "Token missing or wrong",
            "this emulator was started with a control token: "
            "send it as 'Authorization: Bearer TOKEN'",
            headers=(("WWW-Authenticate", "Bearer"),),
        )
