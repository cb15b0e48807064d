"""A rule as it is written: when a call like this comes, then this happens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, field, json

from ..core.duration import Duration
from ..core.hints import Nearest
from ..core.masking import mask, sentence, shortened
from ..core.paths import glob, nearest_path
from ..core.validation import CheckError, Mistake
from ..core.wording import Path, describe_value
from ..wechat import endpoints
from ..wechat.known_paths import known_paths
from . import effects
from .effects import Effect

_Text = Annotated[str, Meta(min_length=1)]


class Span:
    """Which of the counted calls: `3`, `1..2`, or `2..` for all from the second on."""

    expected: ClassVar[str] = "a number of calls such as 3, or a span such as 1..2 or 2.."
    _FORM = re.compile(r"([1-9][0-9]*)(\.\.([1-9][0-9]*)?)?")

    __slots__ = ("first", "last")

    def __init__(self, first: int, last: int | None) -> None:
        self.first = first
        self.last = last

    def __str__(self) -> str:
        """`3`, `1..2` or `2..`, as `parse` reads it."""
        if self.last == self.first:
            return str(self.first)
        return f"{self.first}..{self.last or ''}"

    def __contains__(self, n: int) -> bool:
        return self.first <= n and (self.last is None or n <= self.last)

    @classmethod
    def parse(cls, value: Any) -> Span:
        """Read `3`, `"1..2"` or `"2.."`; ValueError says what is expected."""
        match = None if isinstance(value, bool | float) else cls._FORM.fullmatch(str(value))
        if match is None:
            raise ValueError(f"expected {cls.expected}, got {describe_value(value)}")
        first = int(match[1])
        last = int(match[3]) if match[3] else None if match[2] else first
        if last is not None and last < first:
            got = describe_value(value)
            raise ValueError(f"expected a span with the smaller number first, got {got}")
        return cls(first, last)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """This type in JSON Schema."""
        number = {"type": "integer", "minimum": 1}
        text = {"type": "string", "pattern": f"^{cls._FORM.pattern}$", "examples": ["1..2", "2.."]}
        return {"anyOf": [number, text]}


class Then:
    """What happens to a call: some effects, and how they were written."""

    expected: ClassVar[str] = "a mapping of effects such as {delay: 3s, errcode: -1}"

    __slots__ = ("effects", "source")

    def __init__(self, source: Any, *chosen: Effect) -> None:
        self.source = source
        self.effects = _outermost_first(chosen)

    def __str__(self) -> str:
        """`delay 3s, errcode -1`."""
        return ", ".join(_in_words(name, value) for name, value in self.source.items())

    @classmethod
    def parse(cls, value: Any) -> Then:
        """Read a mapping of effects; CheckError has every mistake, its path from the value on."""
        if found := list(cls.mistakes(value)):
            raise CheckError(found)
        chosen = (effects.read(name, each) for name, each in value.items())
        return cls(value, *chosen)

    @classmethod
    def mistakes(cls, value: Any) -> Iterator[Mistake]:
        """Everything that is wrong with a `then:`."""
        if not isinstance(value, Mapping) or not value:
            yield Mistake((), cls.expected, describe_value(value))
            return
        for name, each in value.items():
            yield from effects.mistakes_in(name, each)
        kinds = effects.load()
        instead = [name for name in value if name in kinds and kinds[name].acts == "instead"]
        for name in instead[1:]:
            expected = f"one answer to a call ({instead[0]!r} stands there already)"
            yield Mistake((name,), expected, repr(name), at_key=True)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """This type in JSON Schema."""
        return effects.then_schema()


class Step(Then):
    """One step of a sequence: effects, or `ok` for the usual answer."""

    expected: ClassVar[str] = "ok, or a mapping of effects such as {errcode: -1}"

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any) -> Step:
        """Read `ok` or a mapping of effects."""
        if value == "ok":
            return cls(value)
        then = super().parse(value)
        return cls(then.source, *then.effects)

    @classmethod
    def mistakes(cls, value: Any) -> Iterator[Mistake]:
        """Everything that is wrong with a step."""
        if isinstance(value, str) and value != "ok":
            yield Mistake((), cls.expected, describe_value(value), Nearest(value, ["ok"]))
        elif value != "ok":
            yield from super().mistakes(value)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """This type in JSON Schema."""
        return {"anyOf": [{"const": "ok"}, effects.then_schema()]}


class When(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which calls a rule is about; every given part must hold."""

    appid: Annotated[
        _Text, Meta(description="The calling app, by its appid or its access_token.")
    ] = ""
    user: Annotated[_Text, Meta(description="The user whose code the call brings.")] = ""
    js_code: Annotated[_Text, Meta(description="The code the call brings.")] = ""
    call: Annotated[
        Span | None,
        Meta(description="The n-th call that matches and gets to the rule: 3, 1..2 or 2.."),
    ] = None
    connection_call: Annotated[
        Span | None, Meta(description="The n-th call on its connection: 2, 1..2 or 2..")
    ] = None
    header: Annotated[
        dict[str, str],
        Meta(description="Headers with their values; * stands for anything, alone for any value."),
    ] = {}
    query: Annotated[
        dict[str, str],
        Meta(description="Parameters of the query with their values; * as for headers."),
    ] = {}


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a call like this comes, then this happens."""

    name: Annotated[str, Meta(description="What hints call it; its id is made from it.")] = ""
    on: Annotated[
        str | list[str],
        Meta(
            description="An endpoint's name, a path such as /wxa/msg_sec_check or "
            '/cgi-bin/message/*, a list of them, or "*" for all.'
        ),
    ]
    when: Annotated[When, Meta(description="Which calls; all if left out.")] = When()
    then: Annotated[Then | None, Meta(description="The effects, in the order they act.")] = None
    sequence: Annotated[
        list[Step] | None,
        Meta(description="One step per matching call, then as usual; in place of `then`."),
    ] = None
    times: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="It acts at most so often.")
    ] = None
    chance: Annotated[
        float, Meta(ge=0, le=1, description="How likely it acts; the seed decides on which calls.")
    ] = 1.0
    begins: Annotated[
        Duration | None,
        Meta(
            description="It is in force only so long after it was loaded or posted, by the world's "
            "time."
        ),
    ] = field(default=None, name="from")
    lasts: Annotated[
        Duration | None,
        Meta(
            description="For how long of the world's time: since it was loaded or posted, or since "
            "`from` is over."
        ),
    ] = field(default=None, name="for")

    def __post_init__(self) -> None:
        if found := [*unknown_endpoints(self.on), *self._mistakes_in_choice()]:
            raise CheckError(found)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The names under `on`."""
        return (self.on,) if isinstance(self.on, str) else tuple(self.on)

    def _mistakes_in_choice(self) -> Iterator[Mistake]:
        if self.then is None and self.sequence is None:
            yield Mistake((), "'then' (effects) or 'sequence' (a list of steps)", "neither")
        elif self.then is not None and self.sequence is not None:
            yield Mistake(("sequence",), "either 'then' or 'sequence'", "both", at_key=True)
        if self.sequence is not None and not self.sequence:
            yield Mistake(("sequence",), "a list of at least one step", "an empty list")
        for key, length in (("from", self.begins), ("for", self.lasts)):
            if length is not None and length <= 0:
                yield Mistake((key,), "a duration longer than 0s", str(length))


def to_json(rule: Rule) -> str:
    """The rule as JSON that reads back as the same rule."""
    return json.encode(rule, enc_hook=_plain).decode()


def _plain(value: Any) -> Any:
    return value.source if isinstance(value, Then) else str(value)


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, int | float | str) and value is not True:
        text = mask(str(value)) if name == "session_key" else sentence(str(value))
        return f"{name} {shortened(text, 40)}"
    return name


def unknown_endpoints(on: str | list[str]) -> Iterator[Mistake]:
    """A mistake for each word under `on:` that is no endpoint's name and no path."""
    named = (endpoint.name for endpoint in endpoints.load().values())
    known = ["*", *(name for name in named if "/" not in name)]
    expected = f"an endpoint's name: {', '.join(known)}; or a path: /wxa/x, /cgi-bin/message/*"
    if on == []:
        yield Mistake(("on",), expected, describe_value(on))
    for path, name in _each(on):
        if name not in known and not name.startswith("/"):
            yield Mistake(path, expected, describe_value(name), Nearest(name, known))


def unknown_paths(on: str | list[str], declared: Iterable[str]) -> Iterator[Mistake]:
    """A mistake for each path under `on:` that neither WeChat has nor anybody declared.

    WeChat's others are no mistake: a rule may answer where nothing else does.
    """
    paths = [(path, name) for path, name in _each(on) if name.startswith("/")]
    known = {*endpoints.load(), *known_paths(), *declared} if paths else set()
    expected = "a path of WeChat's, or one that `endpoints:` declares"
    for path, name in paths:
        if name not in known and not any(map(glob(name).fullmatch, known)):
            yield Mistake(path, expected, describe_value(name), nearest_path(name, known))


def _each(on: str | list[str]) -> Iterator[tuple[Path, str]]:
    if isinstance(on, str):
        yield ("on",), on
    else:
        yield from ((("on", i), name) for i, name in enumerate(on))


def _outermost_first(chosen: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The effects as layers around a call.

    What acts on the finished answer acts in the order written, so the first of them lies innermost.
    """
    before = [each for each in chosen if each.acts == "before"]
    after = [each for each in chosen if each.acts == "after"]
    instead = [each for each in chosen if each.acts == "instead"]
    return (*before, *reversed(after), *instead)
