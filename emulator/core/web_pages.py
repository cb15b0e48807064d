"""What a web page may call: a browser says whose page it shows, and no program has to.

A backend sends no `Origin` and no `Sec-Fetch-Site`. Node's fetch sends `Sec-Fetch-Mode: cors`, so
the mode alone says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from .hosts import split_host
from .masking import quoted

PAGE = "/_emulator/"
"""The emulator's own page, which any other may link to."""
NO_WORLD = "what a page of another site shows or loads makes no world: open the address yourself"
DOORS = ("/connect/", "/mmopen/")
"""Where WeChat itself lets other sites' pages in: logins with scripts and QR codes, and avatars."""


def why_refused(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Why this call is refused as a foreign page's; empty if it is none, or is welcome.

    `path` has no world in front. No developer should find that a site he visits logs in for him.
    """
    if not is_foreign(headers) or path.startswith(DOORS):
        return ""
    if path == PAGE and is_visit(method, headers):
        return ""
    origin = headers.get("Origin")
    page = "another site" if origin is None else quoted(origin)
    return (
        f"a browser sent this for a page of {page}, and no such page may call the emulator: "
        "WeChat's API is for backends"
    )


def may_make_world(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a call may make the world it names: a foreign page's picture or script may not."""
    return not is_foreign(headers) or is_visit(method, headers)


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether a page of another origin made the browser send this."""
    origin = headers.get("Origin")
    own = origin is None or _is_own(origin, headers.get("Host", ""))
    return not own or headers.get("Sec-Fetch-Site") == "cross-site"


def _is_own(origin: str, host: str) -> bool:
    _, separator, named = origin.partition("://")
    return bool(separator) and split_host(named) == split_host(host)


def is_visit(method: str, headers: Mapping[str, str]) -> bool:
    """Whether somebody goes there: a link or the address bar, no frame, form or script."""
    mode, destination = headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")
    return (method, mode, destination) == ("GET", "navigate", "document")
