"""From an HTTP request under `/_emulator/v1/` to its route and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from msgspec import DecodeError, Struct, ValidationError, convert, json

from ..call import Reply, parse_query
from ..checker import CheckError, check
from ..gateway import Gateway
from ..hints import did_you_mean
from . import PREFIX, Problem, Raw, Request, Route, Server, Stream, guard, load

_JSON = "application/json"
_PROBLEM = "application/problem+json"


class Incoming(Struct):
    """The request as the server read it."""

    method: str
    path: str
    """Below `/_emulator/v1/`."""
    query_string: str
    headers: Mapping[str, str]
    body: bytes


class Dispatcher:
    """Finds the route, guards it, decodes, calls and encodes: once for all routes."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._routes = load()

    async def answer(self, incoming: Incoming, gateway: Gateway) -> Reply | Stream:
        """The route's answer, or the problem document that says why not."""
        try:
            guard.check(incoming.method, incoming.headers, self._server.settings)
            route, names = self._find(incoming)
            request = Request(
                self._server, gateway, names, _query(route, incoming), _body(route, incoming)
            )
            return _encode(await route.handler(request))
        except Problem as problem:
            return refuse(problem)

    def _find(self, incoming: Incoming) -> tuple[Route, dict[str, str]]:
        method = "GET" if incoming.method == "HEAD" else incoming.method
        allowed = []
        for route in self._routes:
            if match := route.pattern.fullmatch(incoming.path):
                if route.method == method:
                    return route, {k: unquote(v) for k, v in match.groupdict().items()}
                allowed.append(route.method)
        if allowed:
            raise Problem(
                405,
                "Wrong method",
                f"{PREFIX}{incoming.path} takes {' or '.join(allowed)}, got {incoming.method}",
            )
        known = [route.path for route in self._routes]
        raise Problem(
            404,
            "No such route",
            f"the control API has no {PREFIX}{incoming.path[:200]}"
            f"{did_you_mean(incoming.path, known)} (all are in {PREFIX}openapi.json)",
        )


def refuse(problem: Problem) -> Reply:
    """The problem as an RFC 9457 document."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        document["errors"] = problem.errors
    headers = (("WWW-Authenticate", "Bearer"),) if problem.status == 401 else ()
    return Reply(json.encode(document), _PROBLEM, problem.status, headers=headers)


def _encode(answer: Any) -> Reply | Stream:
    if isinstance(answer, Stream):
        return answer
    if isinstance(answer, Raw):
        return Reply(answer.body, answer.content_type)
    return Reply(json.encode(answer), _JSON)


def _query(route: Route, incoming: Incoming) -> Any:
    params = parse_query(incoming.query_string)
    if route.query is None:
        if params:
            raise Problem(422, "Unknown parameter", f"{route.path} takes no query parameters")
        return None
    try:
        return convert(params, route.query, strict=False)
    except ValidationError as error:
        known = route.query.__struct_fields__  # type: ignore[attr-defined]
        strange = [name for name in params if name not in known]
        near = "".join(did_you_mean(name, known) for name in strange)
        detail = f"{str(error).replace('Object contains', 'there is an')}{near}"
        raise Problem(422, "Bad query", f"{detail} (known: {', '.join(known)})") from None


def _body(route: Route, incoming: Incoming) -> Any:
    if incoming.method not in ("POST", "PUT", "PATCH"):
        return None
    media_type = guard.check_content_type(incoming.headers, route.takes)
    if route.body is None:
        return None
    if media_type != _JSON:
        return incoming.body
    if route.body is bytes:
        return incoming.body
    try:
        data = json.decode(incoming.body or b"{}")
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(422, "Body is not JSON", f"expected a JSON object, got: {error}") from None
    try:
        return check(data, route.body)
    except CheckError as error:
        raise unfit(error) from None


def unfit(error: CheckError) -> Problem:
    """The problem that lists every mistake of a body."""
    errors = [
        {
            "pointer": "/" + "/".join(map(str, mistake.path)),
            "expected": mistake.expected,
            "got": mistake.got,
            "near": mistake.near,
        }
        for mistake in error.mistakes
    ]
    return Problem(422, "Body does not fit", str(error), errors)
