"""Refuses control calls that a web page may have made, also one that uses DNS rebinding."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import cache
from hmac import compare_digest
from ipaddress import ip_address

from ..core.hosts import WECHAT_HOSTS, split_host
from ..core.settings import Settings
from ..core.web_pages import is_foreign
from . import Problem

_LOCAL_SUFFIXES = (".localhost", ".local", ".internal")


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
        expected = " or ".join(takes)
        raise Problem(
            415, "Unsupported content type", f"expected Content-Type: {expected}, got {sent!r}"
        )
    return media_type


def _check_host(host: str, settings: Settings) -> None:
    name, _ = split_host(host)
    if _is_address(name) or "." not in name or name.endswith(_LOCAL_SUFFIXES):
        return
    allowed = (split_host(each)[0] for each in settings.allowed_hosts)
    if name in WECHAT_HOSTS or name in allowed or name in _own_names():
        return
    raise Problem(
        421,
        "Unknown host",
        f"the control API does not answer to the host name {name[:100]!r}; "
        "if it is yours, name it in WECHAT_EMULATOR_ALLOWED_HOSTS",
    )


def _check_origin(headers: Mapping[str, str]) -> None:
    if is_foreign(headers):
        origin = headers.get("Origin")
        page = "another site" if origin is None else repr(origin[:100])
        raise Problem(
            403,
            "Foreign page",
            f"a page of {page} may not drive the emulator; "
            "call it from a program, or from its own page",
        )


def _check_token(authorization: str, token: str) -> None:
    sent = authorization.encode("utf-8", "surrogateescape")
    if token and not compare_digest(sent, f"Bearer {token}".encode()):
        raise Problem(
            401,
            "Token missing or wrong",
            "this emulator was started with a control token: "
            "send it as 'Authorization: Bearer TOKEN'",
            headers=(("WWW-Authenticate", "Bearer"),),
        )


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


@cache
def _own_names() -> frozenset[str]:
    return frozenset({socket.gethostname().lower()})
