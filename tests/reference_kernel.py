"""The reference of what WeChat's side and the control API offer, read off their registries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Meta, StructMeta, json

from emulator import control as api
from emulator.control import Route
from emulator.core.custom_type import schema_hook
from emulator.core.duration import Duration
from emulator.core.endpoint_fields import WORDS
from emulator.wechat import endpoints as wechat
from emulator.wechat.api_table import APIS
from emulator.world.behaviour import Behaviour, Quotas
from tests.markdown import table


def endpoints() -> str:
    """A row for each endpoint of WeChat's that has logic here."""
    return table(
        ("path", "name in rules", "what it answers", "how the form is known"),
        (
            (
                f"[`{each.method} {each.path}`]({each.docs})",
                f"`{each.name}`",
                each.about,
                each.evidence,
            )
            for each in sorted(wechat.load().values(), key=lambda each: each.path)
            if each.name != each.path
        ),
    )


def apis() -> str:
    """A row for each endpoint that gives its documented answer and has no logic here."""
    return table(
        ("path", "what it answers", "success", "errcodes", "how the form is known"),
        (
            (
                f"[`{row.method} {row.path}`]({row.docs})" + _TOKENS[row.token],
                row.about,
                f"`{json.encode(row.answer).decode()}`",
                ", ".join(map(str, row.errcodes)),
                row.evidence,
            )
            for row in sorted(APIS, key=lambda row: row.path)
        ),
    )


def placeholders() -> str:
    """A row for each word that an answer may leave open."""
    return table(
        ("placeholder", "becomes"), ((f"`${{{word}}}`", what) for word, what in WORDS.items())
    )


_TOKENS = {True: "", False: " without a token", "component": " with a platform's token"}


def behaviour() -> str:
    """A row for each switch."""
    return table(
        ("switch", "default", "other values", "what it does", "how the default is known"),
        _switches(Behaviour),
    )


def quotas() -> str:
    """A row for each quota."""
    return table(
        ("quota", "default", "what it counts"),
        ((name, default, about) for name, default, _, about, _ in _switches(Quotas)),
    )


def control() -> str:
    """A section for each route."""
    routes = sorted(api.load(), key=lambda route: (route.path, route.method))
    return "\n\n".join(_route(route) for route in routes)


def _switches(kind: type) -> Iterator[tuple[str, ...]]:
    default = kind()
    for name, hint in get_type_hints(kind, include_extras=True).items():
        value = getattr(default, name)
        metas = [each for each in hint.__metadata__ if isinstance(each, Meta)]
        about = next(each for each in metas if each.description)
        evidence = (about.extra or {}).get("evidence", "")
        others = [each for each in _values(hint) if each != _shown(value)]
        yield f"`{name}`", f"`{_shown(value)}`", ", ".join(others), str(about.description), evidence


def _values(hint: Any) -> list[str]:
    if get_origin(hint) is Annotated:
        return _values(hint.__origin__)
    if get_origin(hint) is Literal:
        return [str(value) for value in get_args(hint)]
    if hint in _WORDS:
        return _WORDS[hint]
    return [word for member in get_args(hint) for word in _values(member)]


_WORDS: dict[Any, list[str]] = {
    bool: ["true", "false"],
    type(None): ["null"],
    int: ["a whole number"],
    str: ["any text"],
    Duration: ["a duration"],
}


def _shown(value: object) -> str:
    """A value as YAML writes it."""
    if isinstance(value, Duration | str):
        return str(value)
    if isinstance(value, Quotas):
        return "see below"
    return json.encode(value).decode()


def _route(route: Route) -> str:
    parts = [f"### `{route.method} {route.path}`", route.summary]
    rows = [*fields(route.query, "query"), *fields(route.body, "body")]
    if rows:
        parts.append(table(("field", "in", "default", "what it is"), rows))
    return "\n\n".join(parts)


def fields(kind: type | None, where: str) -> Iterator[tuple[str, ...]]:
    """A row for each field of a body or query."""
    if not isinstance(kind, StructMeta):
        return
    document = json.schema(kind, schema_hook=schema_hook)
    own = document["$defs"][kind.__name__]
    for name, schema in own["properties"].items():
        required = name in own.get("required", ())
        default = "required" if required else json.encode(schema.get("default", "")).decode()
        shown = default.strip('"').replace("null", "")
        yield f"`{name}`", where, shown, schema.get("description", "")
