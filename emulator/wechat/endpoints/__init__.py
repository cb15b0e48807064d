"""WeChat's endpoints, one file each. The server knows each module here.

A handler gets the call and the world. It returns the fields of the answer's JSON in WeChat's order,
or raises a `WeChatError`. It does not know HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from msgspec import Struct

from ...core.call import Call, Reply, Subsystem
from ...world.world import World

Handler = Callable[[Call, World], Awaitable["Mapping[str, object] | Reply"]]


class Endpoint(Struct, frozen=True):
    """A path of WeChat's, and the handler that answers it."""

    name: str
    """Its name under `on:` in a rule."""
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
