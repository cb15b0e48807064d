"""Endpoints that are declared: paths of WeChat's that the emulator does not answer by itself."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from ..core.entities import DeclaredEndpoint
from ..core.paths import nearest_path
from ..core.validation import CheckError
from ..wechat.endpoints import built_in
from . import ControlRequest, Problem, route
from .dispatch import body_problem


class Declaration(Struct, forbid_unknown_fields=True):
    """Endpoints to declare."""

    endpoints: Annotated[
        tuple[DeclaredEndpoint, ...],
        Meta(description="Each as under `endpoints:` in a scenario; a path declared before anew."),
    ]


class Which(Struct, forbid_unknown_fields=True):
    """Which of the declared endpoints."""

    path: Annotated[str | None, Meta(description="Only the one at this path.")] = None


@route("GET", "endpoints")
def list_endpoints(request: ControlRequest) -> Any:
    """Every declared endpoint; those that are built in are in the reference."""
    return {"endpoints": request.world.store.all(DeclaredEndpoint)}


@route("PUT", "endpoints", body=Declaration)
def put_endpoints(request: ControlRequest) -> Any:
    """Declare endpoints, beside those that are declared already."""
    for i, declared in enumerate(request.body.endpoints):
        if wrong := [*built_in(declared.path)]:
            raise body_problem(CheckError(wrong).under(("endpoints", i)))
        request.world.store.put(declared)
    return list_endpoints(request)


@route("DELETE", "endpoints", query=Which)
def delete_endpoints(request: ControlRequest) -> Any:
    """Delete one declared endpoint, or all; a reset brings back those of the scenario."""
    store, wanted = request.world.store, request.query.path
    declared = [each.path for each in store.all(DeclaredEndpoint)]
    gone = [path for path in declared if wanted in (None, path)]
    if wanted is not None and not gone:
        near = nearest_path(wanted[:100], declared)
        asked = f"; did you mean {near!r}?" if near else ""
        raise Problem(404, "No such endpoint", f"nobody declared {wanted[:100]!r}{asked}")
    for path in gone:
        store.delete(DeclaredEndpoint, path)
    return {"deleted": gone}
