"""Finds the route of a control call, decodes the call, and encodes the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, ValidationError, convert, json

from ..core import masking
from ..core.call import Reply, parse_query
from ..core.duration import Duration
from ..core.hints import Nearest, did_you_mean
from ..core.json_decoding import decode_json
from ..core.validation import MOST_SHOWN, NOT_JSON, CheckError, Mistake, check, masks_in
from ..gateway import Gateway
from ..wechat.apps import secret_words
from ..world.world import WorldView
from . import (
    MAX_BODY,
    PREFIX,
    ControlRequest,
    Problem,
    Raw,
    Route,
    RunningServer,
    Stream,
    guard,
    load,
)  # fmt: skip

_JSON = "application/json"
_PROBLEM = "application/problem+json"
_TEXT = "text/plain"
_PLAIN = f"{_TEXT}; charset=utf-8"
Waiting = Callable[[], AbstractContextManager[None]]


class Incoming(Struct):
    """A control call as the server has read it."""

    method: str
    path: str
    """Below `/_emulator/v1/`."""
    query_string: str
    headers: Mapping[str, str]
    body: bytes


class Dispatcher:
    """Answers control calls; everything that is the same for all routes happens here."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._routes = load()

    async def answer(
        self, incoming: Incoming, gateway: Gateway, waiting: Waiting = nullcontext
    ) -> Reply | Stream:
        """The answer of the route, or a problem document; a long wait is within `waiting`."""
        try:
            guard.check(incoming.method, incoming.headers, self._server.settings)
            route, names = self._route_of(incoming)
            headers, media_type = incoming.headers, _media_type(route, incoming)
            query, body = _query(route, incoming), _body(route, incoming, media_type)
            world = gateway.world
            request = ControlRequest(
                self._server, gateway, world.view, world.clock.now(), names, query, body, headers,
                media_type,
            )  # fmt: skip
            with waiting() if route.waits else nullcontext():
                answer = _encode(await _run(route, request))
            # A stream's length is not known, and its end would be a body.
            is_stream = isinstance(answer, Stream)
            return (
                Reply(b"", answer.content_type)
                if is_stream and incoming.method == "HEAD"
                else answer
            )
        except Problem as problem:
            words, accept = secret_words(gateway.world.view), incoming.headers.get("Accept", "")
            return refuse(problem, words, as_text=prefers_text(accept))

    def refusal(self, method: str, headers: Mapping[str, str]) -> Reply | None:
        """The answer to a call that is refused whatever its route; None if it may go on."""
        try:
            guard.check(method, headers, self._server.settings)
        except Problem as problem:
            return refuse(problem)
        return None

    def max_body(self, path: str) -> int:
        """How many bytes a body below `/_emulator/v1/` may have."""
        limits = [each.max_body for each in self._routes if each.pattern.fullmatch(path)]
        return max(limits, default=MAX_BODY)

    def only_looks(self, method: str, path: str) -> bool:
        """Whether such a call leaves its world as it is, and needs none that will live on."""
        if method in ("GET", "HEAD"):
            found = [each for each in self._routes if each.pattern.fullmatch(path)]
            return not any(each.waits for each in found)  # who waits, waits for calls to come
        return method == "DELETE" and path.startswith("worlds/")

    def knows(self, path: str) -> bool:
        """Whether a route has this path below `/_emulator/v1/`."""
        return any(route.pattern.fullmatch(path) for route in self._routes)

    def _route_of(self, incoming: Incoming) -> tuple[Route, dict[str, str]]:
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
                headers=(("Allow", ", ".join(allowed)),),
            )
        known = [route.path for route in self._routes]
        raise Problem(
            404,
            "No such route",
            f"the control API has no {PREFIX}{masking.shortened(masking.text(incoming.path), 200)}"
            f"{did_you_mean(incoming.path, known)} (all are in {PREFIX}openapi.json)",
        )


def prefers_text(accept: str) -> bool:
    """Whether plain text comes before JSON in an `Accept` header; axios names it second."""
    named = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    return next((each == _TEXT for each in named if each == _TEXT or "json" in each), False)


def refuse(
    problem: Problem, words: masking.Words = masking.NONE, *, as_text: bool = False
) -> Reply:
    """The problem as an RFC 9457 document or in plain words, without a secret that it quotes."""
    if as_text:
        detail = masking.sentence(problem.detail, words) + "\n"
        return Reply(detail.encode(), _PLAIN, problem.status, headers=problem.headers)
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        document["errors"] = problem.errors
    # A mask is letters and digits, so JSON stays JSON.
    shown = masking.sentence(json.encode(document).decode(), words)
    return Reply(shown.encode(), _PROBLEM, problem.status, headers=problem.headers)


def _encode(answer: Any) -> Reply | Stream:
    if isinstance(answer, Stream | Reply):
        return answer
    if isinstance(answer, Raw):
        return Reply(answer.body, answer.content_type)
    return Reply(json.encode(answer, enc_hook=_encode_duration), _JSON)


def _encode_duration(value: Any) -> str:
    """A duration as people write it; `GET health` shows switches that are durations."""
    if isinstance(value, Duration):
        return str(value)
    raise NotImplementedError(type(value))


def _query(route: Route, incoming: Incoming) -> Any:
    params = parse_query(incoming.query_string)
    if route.query is None:
        if params:
            raise Problem(422, "Unknown parameter", f"{route.path} takes no query parameters")
        return None
    try:
        return convert(params, route.query, strict=False)
    except ValidationError:
        raise _query_problem(params, route.query) from None


def _query_problem(params: Mapping[str, str], kind: type) -> Problem:
    error = CheckError(_query_mistakes(params, kind))
    return Problem(422, "Bad query", str(error), errors_of(error))


def _query_mistakes(params: Mapping[str, str], kind: type) -> Iterator[Mistake]:
    known = kind.__struct_fields__  # type: ignore[attr-defined]
    for name, value in params.items():
        if name not in known:
            expected = f"one of {', '.join(known)}"
            yield Mistake((name,), expected, "that unknown parameter", Nearest(name, known))
        elif not _converts(name, value, kind):
            yield Mistake((name,), "a whole number", masking.quoted(value, 60))


def _converts(name: str, value: str, kind: type) -> bool:
    try:
        convert({name: value}, kind, strict=False)
    except ValidationError:
        return False
    return True


async def _run(route: Route, request: ControlRequest) -> Any:
    if iscoroutinefunction(route.handler):
        return await route.handler(request)

    def work(view: WorldView) -> Any:
        request.world = view
        return route.handler(request)

    return await request.gateway.world.transact(work)


def _media_type(route: Route, incoming: Incoming) -> str:
    """The body's media type, which the route must take; empty for a method without a body."""
    if incoming.method not in ("POST", "PUT", "PATCH"):
        return ""
    return guard.check_content_type(incoming.headers, route.takes)


def _body(route: Route, incoming: Incoming, media_type: str) -> Any:
    if not media_type or route.body is None:
        return None
    if route.body is bytes:
        return incoming.body
    try:
        data = decode_json(incoming.body or b"{}")
        if masking.STARS in incoming.body and (masked := [*masks_in(data)]):
            raise CheckError(masked)
        return check(data, route.body)
    except NOT_JSON as error:
        raise not_json(error) from None
    except CheckError as error:
        raise body_problem(error) from None


def not_json(error: Exception) -> Problem:
    """The problem document for a body that is not JSON at all."""
    return Problem(422, "Body is not JSON", f"expected a JSON object, got: {error}")


def body_problem(error: CheckError) -> Problem:
    """The problem document for a body with these mistakes."""
    return Problem(422, "Body does not fit", str(error), errors_of(error))


def errors_of(error: CheckError) -> list[dict[str, Any]]:
    """The first fifty mistakes as `errors` of a problem; its `detail` ends with how many more."""
    return [_to_json(each) for each in error.mistakes[:MOST_SHOWN]]


def _to_json(mistake: Mistake) -> dict[str, Any]:
    return {
        "pointer": "".join(map(_step, mistake.path)),
        "expected": mistake.expected,
        "got": mistake.got,
        "near": mistake.near,
    }


def _step(part: str | int) -> str:
    """One step of a JSON Pointer (RFC 6901)."""
    return "/" + masking.sentence(str(part)).replace("~", "~0").replace("/", "~1")
