"""WeChat's endpoints, one file each: put a module here and the server knows it.

A handler is a plain function of the call and of what its transaction sees of the world. It answers
the fields of its JSON in WeChat's order, and raises `WeChatError` for everything else. It never
sees HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from msgspec import Struct

from ...core.call import Call, Reply, Subsystem
from ...world.world import WorldView

Handler = Callable[[Call, WorldView], "Mapping[str, object] | Reply"]


class Endpoint(Struct, frozen=True):
    """A path of WeChat's with its handler."""

    name: str
    """What `on:` in a rule calls it."""
    path: str
    subsystem: Subsystem
    handler: Handler
    docs: str
    method: str
    """The documented method; only `POST` is enforced (43002)."""


_REGISTRY: dict[str, Endpoint] = {}


def endpoint(
    method: str, path: str, *, subsystem: Subsystem, docs: str
) -> Callable[[Handler], Handler]:
    """Register the decorated handler for a path; its function's name is the endpoint's."""

    def register(handler: Handler) -> Handler:
        name = handler.__name__
        _REGISTRY[path] = Endpoint(name, path, subsystem, handler, docs, method)
        return handler

    return register


@cache
def load() -> Mapping[str, Endpoint]:
    """Every endpoint by its path, in the order of the names."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(_REGISTRY.items(), key=lambda item: item[1].name))
