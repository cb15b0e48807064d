"""What is running: health, and the API's own description."""

from __future__ import annotations

from typing import Any

from msgspec import StructMeta

from ..core.version import version
from ..world.clock import rfc3339
from . import PREFIX, ControlRequest, Problem, Raw, Route, load, route
from .requests import waiting


@route("GET", "health")
def health(request: ControlRequest) -> Any:
    """Whether it works, which version, since when, with what switches."""
    server, world = request.server, request.gateway.world
    now, scenario = server.machine_now(), server.worlds.scenario(world.name)
    return {
        "status": "ok",
        "version": version(),
        "uptimeInSeconds": round(now - server.started_at, 3),
        "timestamp": rfc3339(now),
        "world": world.name,
        "addresses": server.addresses,
        "proxies": server.proxies,
        "scenario": scenario.name,
        "sha256": scenario.sha256 or None,
        "behaviour": world.behaviour.differing(),
        "waiting": waiting(world),
    }


@route("GET", "certificate")
def certificate(request: ControlRequest) -> Any:
    """What clients have to trust, in PEM."""
    if not request.server.certificate:
        raise Problem(404, "No TLS", "no TLS or proxy port is open; --tls-port 8481 opens one")
    return Raw(request.server.certificate, "application/x-pem-file")


@route("GET", "openapi.json")
def openapi(request: ControlRequest) -> Any:
    """This API in OpenAPI 3.1."""
    return openapi_document()


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, made from the registry of routes."""
    from msgspec.json import schema_components

    from ..core.custom_type import schema_hook

    routes = load()
    # A dict for its order; bytes and Raw bodies have no schema.
    bodies = list({r.schema: None for r in routes if isinstance(r.schema, StructMeta)})
    refs, components = schema_components(
        bodies, schema_hook=schema_hook, ref_template="#/components/schemas/{name}"
    )
    schemas = dict(zip(bodies, refs, strict=True))
    paths: dict[str, Any] = {}
    for each in routes:
        paths.setdefault(PREFIX + each.path, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "wechat-emulator control API", "version": version()},
        "paths": paths,
        "components": {"schemas": components},
    }


def _parameters(route: Route) -> list[dict[str, Any]]:
    from msgspec import json

    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.pattern.groupindex
    ]
    if route.query is not None:
        fields = json.schema(route.query)["$defs"][route.query.__name__]["properties"]
        parameters += [
            {
                "name": name,
                "in": "query",
                "description": schema.pop("description", ""),
                "schema": schema,
            }
            for name, schema in fields.items()
        ]
    return parameters


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    problem = {"description": "A problem document", "content": {"application/problem+json": {}}}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": route.handler.__name__,
        "parameters": _parameters(route),
        "responses": {"200": {"description": route.summary}, "default": problem},
    }
    if route.method in ("POST", "PUT"):
        schema = schemas.get(route.schema, {"type": "object"})
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": schema} for media in route.takes},
        }
    return operation
