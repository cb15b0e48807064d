"""The control API under `/_emulator/v1/`: one module per group of routes.

A handler takes a `ControlRequest` and returns what becomes JSON, or raises a `Problem`. A plain
function runs as one transaction. Only what waits, or changes more than a store, is a coroutine.
`openapi.json` is made from the same registry.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from msgspec import Struct

from ..core.settings import Settings
from ..gateway import Gateway
from ..world.world import WorldView
from ..worlds import Worlds

PREFIX = "/_emulator/v1/"


class Problem(Exception):
    """A refusal, as an RFC 9457 problem document."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: list[dict[str, Any]] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors or []
        self.headers = headers


class RunningServer(Struct):
    """What the control API sees of the running server."""

    settings: Settings
    worlds: Worlds
    machine_now: Callable[[], float]
    """The machine's time in Unix seconds; it does not depend on any world's clock."""
    started_at: float
    addresses: list[str]
    proxies: list[str]
    certificate: bytes = b""
    """The certificate that clients have to trust, in PEM; empty without TLS."""


class ControlRequest(Struct):
    """A control call as its handler gets it: checked and decoded."""

    server: RunningServer
    gateway: Gateway
    """The gateway of the world that the base URL names."""
    world: WorldView
    """What the handler sees of that world: a plain handler sees it within its transaction."""
    now: float
    """The world's time when the call came."""
    names: Mapping[str, str]
    """The values of the `{…}` in the route's path."""
    query: Any
    """The query parameters, as the struct that the route names."""
    body: Any
    """The body, as the struct that the route names."""
    headers: Mapping[str, str] = {}
    media_type: str = ""
    """The media type of the body."""


class Raw(Struct, frozen=True):
    """An answer that is sent as it is, such as YAML or PEM."""

    body: bytes
    content_type: str


class Stream(Struct, frozen=True):
    """An answer that is sent piece by piece."""

    pieces: AsyncIterator[bytes]
    content_type: str


Handler = Callable[[ControlRequest], Any]


class Route(Struct, frozen=True):
    """A method and a path of the API, with its handler."""

    method: str
    path: str
    handler: Handler
    body: type | None
    query: type | None
    summary: str
    takes: tuple[str, ...]
    schema: type | None
    pattern: re.Pattern[str]
    max_body: int
    """Bytes."""
    waits: bool
    """Whether the answer may be long in coming, so that a client that leaves is not waited for."""


MAX_BODY = 2**23
"""Bytes of a body, for most routes."""
MAX_DOCUMENT = 2**26
"""Bytes of a whole world's description."""
_ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    *,
    body: type | None = None,
    query: type | None = None,
    takes: tuple[str, ...] = ("application/json",),
    schema: type | None = None,
    max_body: int = MAX_BODY,
    waits: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the decorated handler; its docstring's first line is the summary.

    `schema` describes a body that the handler decodes itself.
    """

    def register(handler: Handler) -> Handler:
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
        summary = (handler.__doc__ or "").partition("\n")[0]
        _ROUTES.append(
            Route(
                method, path, handler, body, query, summary, takes, schema or body, pattern,
                max_body, waits,
            )
        )  # fmt: skip
        return handler

    return register


def load() -> list[Route]:
    """Every route, from every module of this package, in the order of the paths."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return sorted(_ROUTES, key=lambda each: (each.path, each.method))
