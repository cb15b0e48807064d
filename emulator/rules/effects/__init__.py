"""Effects: what a rule can do to a call, one file each. Every `then:` knows each module here.

An effect is a frozen struct. Its fields are its keys in YAML; a single value stands for the first
field. `apply` gets the call, and `proceed`, which runs the rest: it can act before that, instead of
it, or after it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar, Literal, TypeVar

from msgspec import Struct, inspect, json
from msgspec.structs import replace

from ...core.call import Call, Dropped, Outcome, as_json
from ...core.custom_type import schema_hook
from ...core.entities import Session, session_place
from ...core.hints import nearest
from ...core.validation import NOT_JSON, CheckError, Mistake, check, mistakes, type_info
from ...core.wording import describe_type, describe_value
from ...world.world import World

Proceed = Callable[[], Awaitable[Outcome]]
When = Literal["before", "instead", "after"]


class Effect(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that can happen to a call."""

    acts: ClassVar[When]
    """When it acts: before WeChat makes its answer, instead of that, or on the finished answer."""
    examples: ClassVar[tuple[Any, ...]] = (True,)
    """Ways to write it in a `then:`, for the reference, the schema and the tests.

    The first one also goes into a scripted code, if it is not a mapping: `.delay-3s`.
    """

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """The outcome of the call; `proceed` gives the outcome without this effect."""
        raise NotImplementedError


E = TypeVar("E", bound=type[Effect])

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_REGISTRY: dict[str, type[Effect]] = {}


def effect(kind: E) -> E:
    """Register the decorated struct under its module's name."""
    _REGISTRY[kind.__module__.rpartition(".")[2]] = kind
    return kind


@cache
def load() -> Mapping[str, type[Effect]]:
    """Every effect by its name, in the order of the names."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(_REGISTRY.items()))


def fields_of(outcome: Outcome) -> dict[str, Any]:
    """The fields of the answer's JSON; empty if the answer is not a JSON object."""
    if isinstance(outcome, Dropped):
        return {}
    try:
        return json.decode(outcome.body, type=dict[str, Any])
    except NOT_JSON:  # a page of the gateway
        return {}


def with_fields(outcome: Outcome, call: Call, world: World, fields: dict[str, Any]) -> Outcome:
    """The answer with these fields instead, as its subsystem writes JSON."""
    if isinstance(outcome, Dropped):
        return outcome
    escape_slash = call.subsystem.escape_slash and world.behaviour.escape_slash
    errcode = fields.get("errcode")
    return replace(
        outcome,
        body=as_json(fields, escape_slash=escape_slash),
        errcode=errcode if isinstance(errcode, int) else None,
    )


def with_session_key(outcome: Outcome, call: Call, world: World, key: str) -> Outcome:
    """The answer with another session_key."""
    return with_fields(outcome, call, world, fields_of(outcome) | {"session_key": key})


async def session_in(outcome: Outcome, call: Call, world: World) -> Session | None:
    """The session that the answer of a login is about; None if the answer is no login's."""
    fields = fields_of(outcome)
    openid = fields.get("openid")
    if "session_key" not in fields or not isinstance(openid, str):
        return None
    return await world.store.get(Session, session_place(call.params.get("appid", ""), openid))


def read(name: str, value: Any) -> Effect:
    """The effect of `name: value` in a `then:`, which must have no mistakes."""
    kind = load()[name]
    return check(_full_mapping(kind, value), kind)


def mistakes_in(name: str, value: Any) -> Iterator[Mistake]:
    """What is wrong with `name: value` in a `then:`; paths start with the name."""
    kind = load().get(name)
    if kind is None:
        near = nearest(str(name), load())
        expected = "an effect: " + ", ".join(load())
        yield Mistake((name,), expected, f"the unknown word {name!r}", near, at_key=True)
    elif not _may_be_written_as(kind, value):
        yield Mistake((name,), _describe_forms(kind), describe_value(value))
    else:
        short = not isinstance(value, Mapping) and value is not True
        for mistake in mistakes(_full_mapping(kind, value), kind):
            # The first field's name was added here, so it is in no file.
            path = mistake.path[1:] if short else mistake.path
            yield Mistake(
                (name, *path), mistake.expected, mistake.got, mistake.near, mistake.at_key
            )


def from_text(name: str, text: str) -> str | int:
    """The value of a word in a scripted code: a number if the effect's first field is one."""
    is_number = isinstance(type_of_value(name, text), inspect.IntType) and _NUMBER.fullmatch(text)
    return int(text) if is_number else text


def then_schema() -> dict[str, Any]:
    """The JSON Schema of a `then:`, with the short forms of each effect."""
    properties = {name: _schema(kind) for name, kind in sorted(load().items())}
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
    }


def type_of_value(name: str, value: Any) -> inspect.Type | None:
    """The type as which `name: value` is read; None if no value is read at all."""
    kind = load().get(name)
    if kind is None or value is True:
        return None
    info = type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101  # for the type checker
    if isinstance(value, Mapping) or not info.fields:
        return info
    first = info.fields[0].type
    return first.type if isinstance(first, inspect.Metadata) else first


def _full_mapping(kind: type[Effect], value: Any) -> Any:
    """The mapping that a short form stands for: a value is the first field, true is no field."""
    if value is True:
        return {}
    if isinstance(value, Mapping) or not kind.__struct_fields__:
        return value
    return {kind.__struct_encode_fields__[0]: value}


def _may_be_written_as(kind: type[Effect], value: Any) -> bool:
    """Whether a value of this kind can stand for the effect; it may still be wrong."""
    if value is True:
        return not _has_required_fields(kind)
    if value is None or value is False:
        return False
    return bool(kind.__struct_fields__) or value == {}


@cache
def _has_required_fields(kind: type[Effect]) -> bool:
    try:
        check({}, kind)
    except CheckError:
        return True
    return False


def _describe_forms(kind: type[Effect]) -> str:
    if not kind.__struct_fields__:
        return "true (leave the line out where the effect shall not act)"
    info = type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101  # for the type checker
    words = [] if _has_required_fields(kind) else ["true"]
    return ", ".join([*words, describe_type(info.fields[0].type)]) + f", or {describe_type(info)}"


def _schema(kind: type[Effect]) -> dict[str, Any]:
    whole = json.schema(kind, schema_hook=schema_hook)["$defs"][kind.__name__]
    whole.pop("title", None)
    description = " ".join(whole.pop("description", "").split())
    forms = [] if _has_required_fields(kind) else [{"const": True}]
    for name in kind.__struct_encode_fields__[:1]:
        forms += _short_forms(whole["properties"][name])
    return {
        "description": description,
        "examples": list(kind.examples),
        "anyOf": [*forms, whole],
    }


def _short_forms(first: dict[str, Any]) -> list[dict[str, Any]]:
    """What may stand instead of the mapping: a value of the first field, if not a mapping too."""
    forms = first.get("anyOf") or [{k: v for k, v in first.items() if k != "default"}]
    return [form for form in forms if form.get("type") not in ("null", "object")]
