"""WeChat's endpoints: put a module here, or a row into `apis.yaml`, and the server knows it.

A handler is a plain function of the call and of what its transaction sees of the world. It answers
the fields of its JSON in WeChat's order, and raises `WeChatError` for everything else. It never
sees HTTP. A row has no handler of its own: `generic` answers for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from msgspec import Struct

from ...core.call import CGI, Call, Reply, Subsystem, subsystem_of
from ...core.entities import DeclaredEndpoint
from ...core.validation import Mistake
from ...world.world import WorldView
from .. import generic
from ..api_table import APIS
from ..errors import TOKEN_ERRCODES
from ..rows import SEEN, Api, Evidence

Handler = Callable[[Call, WorldView], "Mapping[str, object] | Reply"]


class Endpoint(Struct, frozen=True):
    """A path of WeChat's with its handler."""

    name: str
    """What the journal calls it, and `on:` in a rule; its path where it has no logic of its own."""
    path: str
    subsystem: Subsystem
    handler: Handler
    docs: str
    method: str
    """The documented method; only `POST` is enforced (43002)."""
    about: str = ""
    """What it answers, in a line."""
    evidence: Evidence = SEEN
    """How the answer's form is known."""
    errcodes: tuple[int, ...] = ()
    """What it gives beside the token's and the quota's, as its page lists them."""
    token_subsystem: Subsystem | None = None
    """Who looks at its token and refuses it, if that is another part of WeChat."""

    def refuses_as(self, errcode: int) -> Subsystem:
        """The part of WeChat in whose form it answers this errcode."""
        if self.token_subsystem is not None and errcode in TOKEN_ERRCODES:
            return self.token_subsystem
        return self.subsystem


_REGISTRY: dict[str, Endpoint] = {}


def endpoint(
    method: str,
    path: str,
    *,
    subsystem: Subsystem,
    docs: str,
    evidence: Evidence = SEEN,
    token_subsystem: Subsystem | None = None,
) -> Callable[[Handler], Handler]:
    """Register the decorated handler for a path; its function's name is the endpoint's.

    `evidence` says how the form of its success is known; the errcodes have their own.
    """

    def register(handler: Handler) -> Handler:
        name, about = handler.__name__, (handler.__doc__ or "").partition("\n")[0]
        _REGISTRY[path] = Endpoint(
            name, path, subsystem, handler, docs, method, about, evidence,
            token_subsystem=token_subsystem,
        )  # fmt: skip
        return handler

    return register


def declared(row: DeclaredEndpoint) -> Endpoint:
    """The endpoint of a row that somebody declared."""
    return _of_row(row.path, row)


def built_in(path: str) -> Iterator[Mistake]:
    """A mistake if this path needs no declaration: it answers without one."""
    if known := load().get(path):
        expected = "a path that the emulator does not answer by itself"
        got = f"{path!r}, which it does (a rule with `on: {known.name}` changes the answer)"
        yield Mistake(("path",), expected, got)


def below(path: str) -> Endpoint | None:
    """The endpoint of all paths that begin as this one does."""
    return next((each for each in _open_ended() if path.startswith(each.path[:-1])), None)


@cache
def load() -> Mapping[str, Endpoint]:
    """Every endpoint by its path, in the order of the names."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    rows = {row.path: _of_row(row.path, row) for row in APIS}
    return dict(sorted((rows | _REGISTRY).items(), key=lambda item: item[1].name))


@cache
def _open_ended() -> list[Endpoint]:
    return [each for path, each in load().items() if path.endswith("*")]


def _of_row(path: str, row: Api | DeclaredEndpoint) -> Endpoint:
    """An endpoint without logic of its own. It has no name but its path."""
    subsystem, answer = subsystem_of(path) or CGI, generic.handler(row)
    if isinstance(row, DeclaredEndpoint):
        return Endpoint(path, path, subsystem, answer, "", row.method)
    known = (row.docs, row.method, row.about, row.evidence, row.errcodes)
    return Endpoint(path, path, subsystem, answer, *known)
