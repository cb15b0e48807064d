"""What can happen to a call, one file each: put a module here and every `then:` knows its name.

An effect is a frozen struct: its fields are its attributes in YAML, and a scalar stands for the
first. `apply` gets the call and what would happen next; it may act before it, instead of it or
after it. It never sees HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache, partial
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar, Literal, TypeVar

from msgspec import Struct, inspect, json
from msgspec.structs import replace

from ...core.call import Call, Dropped, Outcome, as_json
from ...core.custom_type import schema_hook
from ...core.entities import Session, session_place
from ...core.hints import Nearest
from ...core.validation import NOT_JSON, CheckError, Mistake, check, mistakes, type_info
from ...core.wording import describe_type, describe_value
from ...world.world import World, WorldView
from ..traits import code_in, user_of

Proceed = Callable[[], Awaitable[Outcome]]
When = Literal["before", "instead", "after"]


class Effect(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that can happen to a call."""

    acts: ClassVar[When]
    """When: before WeChat's answer is made, instead of it, or on the finished answer."""
    takes_time: ClassVar[bool] = False
    """Whether it waits by the world's clock, and so for ever where nobody moves a frozen one."""
    examples: ClassVar[tuple[Any, ...]] = (True,)
    """Ways to write it in a `then:`, for the reference, the schema and the tests.

    The first one also goes into a scripted code, if it is not a mapping: `.delay-3s`.
    """

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """The outcome of the call; `proceed` makes what would have been without this effect."""
        raise NotImplementedError


class WorldEffect(Effect, frozen=True, forbid_unknown_fields=True):
    """One that changes the world before the call is answered.

    The endpoint then answers by itself, and whoever repeats the call meets the same answer.
    """

    acts: ClassVar[When] = "before"

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        in_vain = await world.transact(partial(self.change, call))
        return told(await proceed(), in_vain)

    def change(self, call: Call, world: WorldView) -> str:
        """Change the world; why there was nothing to change, empty where there was."""
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


async def hold(call: Call, world: World, what: str, until: float | None = None) -> None:
    """Say in the journal that the call waits, and for whom; `until` is of the world's time."""
    if not call.user:
        call.user = await world.transact(lambda view: user_of(view, code_in(call)))
    if wait := call.wait:
        wait.what, wait.until = what, until
        world.journal.wait_for(call, wait)


def told(outcome: Outcome, in_vain: str) -> Outcome:
    """The outcome, with the reason in its hint why an effect changed nothing; empty for none."""
    if in_vain:
        outcome.hint = f"{in_vain}; {outcome.hint}" if outcome.hint else in_vain
    return outcome


def fields_of(outcome: Outcome) -> dict[str, Any]:
    """The fields of an answer's JSON, in order; none where it is no JSON object."""
    if isinstance(outcome, Dropped):
        return {}
    try:
        return json.decode(outcome.body, type=dict[str, Any])
    except NOT_JSON:  # a gateway's page
        return {}


def with_fields(outcome: Outcome, call: Call, world: World, fields: dict[str, Any]) -> Outcome:
    """The answer with other fields, written as its subsystem writes JSON."""
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
    """An exchange's answer with another session_key in the place of its own."""
    return with_fields(outcome, call, world, fields_of(outcome) | {"session_key": key})


def session_in(outcome: Outcome, call: Call, world: WorldView) -> Session | None:
    """The session that an exchange's answer tells about."""
    fields = fields_of(outcome)
    openid = fields.get("openid")
    if "session_key" not in fields or not isinstance(openid, str):
        return None
    return world.store.get(Session, session_place(call.params.get("appid", ""), openid))


def read(name: str, value: Any) -> Effect:
    """The effect as it stands in a `then:`, once `mistakes_in` found none."""
    kind = load()[name]
    return check(_whole(kind, value), kind)


def mistakes_in(name: str, value: Any) -> Iterator[Mistake]:
    """What is wrong with `name: value` in a `then:`; paths start with the name."""
    kind = load().get(name)
    if kind is None:
        expected = "an effect: " + ", ".join(load())
        got = f"the unknown word {describe_value(name)}"
        yield Mistake((name,), expected, got, Nearest(str(name), load()), at_key=True)
    elif not _is_meant(kind, value):
        yield Mistake((name,), _wanted(kind), describe_value(value))
    else:
        short = not isinstance(value, Mapping) and value is not True
        for mistake in mistakes(_whole(kind, value), kind):
            # The first field's name was added here, so it is in no file.
            path = mistake.path[1:] if short else mistake.path
            yield Mistake(
                (name, *path), mistake.expected, mistake.got, mistake.meant, mistake.at_key
            )


def from_text(name: str, text: str) -> str | int:
    """What text in a scripted code stands for: a number where the effect wants one first."""
    is_number = isinstance(shape(name, text), inspect.IntType) and _NUMBER.fullmatch(text)
    return int(text) if is_number else text


def then_schema() -> dict[str, Any]:
    """JSON Schema of a `then:`, the short forms included."""
    properties = {name: _schema(kind) for name, kind in sorted(load().items())}
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
    }


def shape(name: str, value: Any) -> inspect.Type | None:
    """The type that `name: value` is read as; None if there is no such effect."""
    kind = load().get(name)
    if kind is None or value is True:
        return None
    info = type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101  # for the type checker
    if isinstance(value, Mapping) or not info.fields:
        return info
    first = info.fields[0].type
    return first.type if isinstance(first, inspect.Metadata) else first


def _whole(kind: type[Effect], value: Any) -> Any:
    """The effect's mapping, where a scalar stands for its first field and true for nothing."""
    if value is True:
        return {}
    if isinstance(value, Mapping) or not kind.__struct_fields__:
        return value
    return {kind.__struct_encode_fields__[0]: value}


def _is_meant(kind: type[Effect], value: Any) -> bool:
    """Whether the value can stand for the effect at all, be it right or not."""
    if value is True:
        return not _needs_more(kind)
    if value is None or value is False:
        return False
    return bool(kind.__struct_fields__) or value == {}


@cache
def _needs_more(kind: type[Effect]) -> bool:
    try:
        check({}, kind)
    except CheckError:
        return True
    return False


def _wanted(kind: type[Effect]) -> str:
    if not kind.__struct_fields__:
        return "true (leave the line out where the effect shall not act)"
    info = type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101  # for the type checker
    words = [] if _needs_more(kind) else ["true"]
    return ", ".join([*words, describe_type(info.fields[0].type)]) + f", or {describe_type(info)}"


def _schema(kind: type[Effect]) -> dict[str, Any]:
    whole = json.schema(kind, schema_hook=schema_hook)["$defs"][kind.__name__]
    whole.pop("title", None)
    description = " ".join(whole.pop("description", "").split())
    forms = [] if _needs_more(kind) else [{"const": True}]
    for name in kind.__struct_encode_fields__[:1]:
        forms += _short_forms(whole["properties"][name])
    return {
        "description": description,
        "examples": list(kind.examples),
        "anyOf": [*forms, whole],
    }


def _short_forms(first: dict[str, Any]) -> list[dict[str, Any]]:
    """What may stand in place of the whole mapping: the first field's value, if no mapping."""
    forms = first.get("anyOf") or [{k: v for k, v in first.items() if k != "default"}]
    return [form for form in forms if form.get("type") not in ("null", "object")]
