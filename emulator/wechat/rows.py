"""The rows of WeChat's two tables: its errcodes, and its APIs that need no logic here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..core.endpoint_fields import EndpointFields, EndpointPath

# How a text or a form is known: printed by WeChat's pages, pasted from the wire by developers, or
# read out of the answer by programs that many use.
OFFICIAL: Literal["official documentation"] = "official documentation"
SEEN: Literal["seen on the wire"] = "seen on the wire"
LIBRARIES: Literal["client libraries"] = "client libraries"
Evidence = Literal["official documentation", "seen on the wire", "client libraries"]
_Url = Annotated[str, Meta(pattern="^https://")]


class Errcode(Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table: what WeChat says, what it means, what to do about it."""

    code: int
    text: str
    """What `errmsg` holds before the suffix, on `/sns/*` and wherever `on_token_apis` is empty."""
    meaning: str
    mend: str
    evidence: Evidence
    source: _Url
    heals: bool = False
    """Whether the same call can succeed later without a change."""
    on_token_apis: str = ""
    """The other wording of `/cgi-bin/*` and `/wxa/*`, where there is one."""


class Api(EndpointFields, frozen=True, kw_only=True):
    """A path of WeChat's with its documented success, and where that is from."""

    path: EndpointPath
    about: str
    """What it answers, in a line."""
    docs: _Url
    evidence: Evidence
    errcodes: tuple[int, ...] = ()
    """What it gives beside the token's and the quota's, as its page lists them."""


class ApiTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `apis.yaml`."""

    errcodes: tuple[Errcode, ...]
    apis: tuple[Api, ...]
