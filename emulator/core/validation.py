"""Outside data into our structs: fast when it fits, and every mistake at once when it does not."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Annotated, Any, TypeVar

from msgspec import DecodeError, Meta, Struct, ValidationError, convert, inspect
from msgspec.structs import replace

from .custom_type import decode_hook
from .hints import Nearest
from .masking import SHORTEST, holds_mask, is_secret, mask, sentence
from .wording import Path, describe_type, describe_value, format_path

T = TypeVar("T")
_MAY_HOLD_STARS = ("name", "nickname")
NOT_JSON = (DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON, no UTF-8, or nested beyond all reason."""


MOST_SHOWN = 50
"""How many mistakes people are shown at once."""
_MOST_KEPT = 1000
"""How many are kept: enough to show the first ones in the order of a file. The rest is counted."""
_STEP = 1000
_MOST_COUNTED = 10_000
"""Whoever made so many does not ask for the exact number, and to find them all takes seconds."""


class Mistake(Struct, frozen=True):
    """One thing wrong with the data, in words that say what to change."""

    path: Path
    """Keys and indexes from the top."""
    expected: str
    got: str
    meant: Nearest | str | None = None
    """The right word that is most like what came, or what finds it."""
    at_key: bool = False
    """Whether the key itself is wrong, not its value."""
    earlier: Path | None = None
    """Where what may be there once stood first."""

    @property
    def near(self) -> str | None:
        """The right word that is most like what came. It takes a while to find."""
        return self.meant.find() if isinstance(self.meant, Nearest) else self.meant

    @property
    def where(self) -> str:
        """The path as people write it: `rules[0].then.delay`."""
        return format_path(self.path)

    def message(self, earlier: str = "") -> str:
        """`expected …, got …; did you mean …?`, with the earlier place in the caller's words."""
        if self.earlier is not None:
            earlier = f" (first: {earlier or format_path(self.earlier)})"
        meant = f"; did you mean {near!r}?" if (near := self.near) else ""
        return f"expected {self.expected}, got {self.got}{earlier}{meant}"

    def under(self, path: Path) -> Mistake:
        """The same, seen from further up."""
        return replace(self, path=path + self.path)

    def masked(self) -> Mistake:
        """The same, without a secret in its words."""
        return replace(self, expected=sentence(self.expected), got=sentence(self.got))

    def __str__(self) -> str:
        """`where: expected …, got …; did you mean …?`."""
        return f"{self.where}: {self.message()}"


class CheckError(ValueError):
    """Data that does not fit, with its mistakes: the first of them, and how many there are."""

    def __init__(self, mistakes: Iterable[Mistake], count: int = 0) -> None:
        """`count` is how many there are, where these are not all."""
        found = iter(mistakes)
        self.mistakes = list(islice(found, _MOST_KEPT))
        counted = len(self.mistakes) + sum(1 for _ in islice(found, _MOST_COUNTED - _MOST_KEPT))
        self.count = max(counted, count)
        super().__init__()

    def __str__(self) -> str:
        """The first fifty, and how many more there are."""
        text = "; ".join(map(str, self.mistakes[:MOST_SHOWN]))
        return f"{text}; {and_more(self.count)}" if self.count > MOST_SHOWN else text

    def under(self, path: Path) -> CheckError:
        """The same, seen from further up."""
        return CheckError([mistake.under(path) for mistake in self.mistakes], self.count)


def and_more(count: int) -> str:
    """`… and 7 more`: what stands behind the shown ones of so many mistakes."""
    least = "at least " if count >= _MOST_COUNTED else ""
    return f"… and {least}{count - MOST_SHOWN} more"


def check(data: Any, kind: type[T]) -> T:
    """The data as `kind`; CheckError holds all mistakes."""
    try:
        return convert(data, kind, dec_hook=decode_hook)
    except (ValidationError, ValueError) as error:
        refused = CheckError(mistakes(data, kind))
        if not refused.mistakes:
            refused = CheckError([Mistake((), str(error), describe_value(data))])
        raise refused from None


def check_in_steps(rows: list[Any], kind: type[T]) -> list[T]:
    """The rows as `kind`, as `check` does; a thread that does this lets others run in between."""
    checked: list[T] = []
    try:
        for start in range(0, len(rows), _STEP):
            part = rows[start : start + _STEP]
            checked += convert(part, list[kind], dec_hook=decode_hook)  # type: ignore[valid-type]
    except (ValidationError, ValueError):
        return check(rows, list[kind])  # type: ignore[valid-type]  # which finds every mistake
    return checked


@contextmanager
def garbage_collector_paused() -> Iterator[None]:
    """To read a document makes a million objects and no garbage; looking for it costs most."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def mistakes(data: Any, kind: Any) -> Iterator[Mistake]:
    """Every place where the data does not fit `kind`, in order."""
    return _walk(data, type_info(kind), ())


type_info = cache(inspect.type_info)
"""What msgspec knows of a type; working it out costs a thousand times as much as looking it up."""


def _walk(data: Any, info: inspect.Type, path: Path) -> Iterator[Mistake]:  # noqa: C901  # a case per kind
    meant, info = info, info.type if isinstance(info, inspect.Metadata) else info
    match info:
        case inspect.StructType():
            yield from _walk_struct(data, info, path)
        case inspect.ListType() | inspect.VarTupleType() if isinstance(data, list):
            for i, item in enumerate(data):
                if not _is_whole(item, info.item_type):
                    yield from _walk(item, info.item_type, (*path, i))
        case inspect.CustomType() if hasattr(info.cls, "mistakes"):
            for mistake in info.cls.mistakes(data):
                yield mistake.under(path)
        case inspect.DictType() if isinstance(data, Mapping):
            for key, value in data.items():
                for wrong in _walk(key, info.key_type, (*path, key)):
                    yield replace(wrong, at_key=True)
                yield from _walk(value, info.value_type, (*path, key))
        case inspect.UnionType():
            yield from _walk_union(data, info, path)
        case inspect.LiteralType(values=values):
            # 1 == True in Python, but not to people
            if not any(data == value and type(data) is type(value) for value in values):
                yield _mistake(data, info, path, [each for each in values if isinstance(each, str)])
        case _:
            if not _fits(data, info):
                yield _mistake(data, meant, path)


def _is_whole(data: Any, info: inspect.Type) -> bool:
    """Whether it is a mapping without a mistake: to convert it is far quicker than to walk it."""
    if not isinstance(info, inspect.StructType):
        return False
    try:
        convert(data, info.cls, dec_hook=decode_hook)
    except (ValidationError, ValueError):
        return False
    return True


def _walk_struct(data: Any, info: inspect.StructType, path: Path) -> Iterator[Mistake]:
    if not isinstance(data, Mapping):
        yield _mistake(data, info, path)
        return
    found = False
    for mistake in _walk_fields(data, info, path):
        found = True
        yield mistake
    if not found and hasattr(info.cls, "__post_init__"):
        yield from _walk_whole(data, info, path)


def _walk_whole(data: Mapping[str, Any], info: inspect.StructType, path: Path) -> Iterator[Mistake]:
    """What a struct's `__post_init__` has against fields that are fine one by one."""
    try:
        convert(data, info.cls, dec_hook=decode_hook)
    except (ValidationError, ValueError) as error:
        if isinstance(error.__cause__, CheckError):
            for mistake in error.__cause__.mistakes:
                yield mistake.under(path)
        else:
            yield Mistake(path, str(error), describe_value(data))


def _walk_fields(
    data: Mapping[str, Any], info: inspect.StructType, path: Path
) -> Iterator[Mistake]:
    fields = {field.encode_name: field for field in info.fields}
    expected = "one of " + ", ".join(fields) if fields else "no key at all"
    for key, value in data.items():
        if field := fields.get(key):
            yield from _walk(value, field.type, (*path, key))
        elif info.forbid_unknown_fields:
            got = f"the unknown key {describe_value(key)}"
            yield Mistake((*path, key), expected, got, Nearest(str(key), fields), at_key=True)
    for name, field in fields.items():
        if field.required and name not in data:
            yield Mistake(path, f"the key {name!r} ({describe_type(field.type)})", "none")


def _walk_union(data: Any, info: inspect.UnionType, path: Path) -> Iterator[Mistake]:
    if any(next(_walk(data, member, path), None) is None for member in info.types):
        return
    for member in info.types:
        bare = member.type if isinstance(member, inspect.Metadata) else member
        if _same_shape(data, bare):
            yield from _walk(data, member, path)
            return
    yield _mistake(data, info, path)


def _same_shape(data: Any, info: inspect.Type) -> bool:
    if isinstance(info, inspect.CustomType):
        return hasattr(info.cls, "mistakes")
    if isinstance(data, Mapping):
        return isinstance(info, inspect.StructType | inspect.DictType)
    if isinstance(data, list):
        return isinstance(info, inspect.ListType | inspect.VarTupleType)
    return False


def _fits(data: Any, info: inspect.Type) -> bool:
    """Leaves are judged by the library that will convert them."""
    kind = _LEAVES.get(type(info))
    if isinstance(info, inspect.CustomType):
        kind = info.cls
    if kind is None:
        return not isinstance(info, inspect.ListType | inspect.VarTupleType | inspect.DictType)
    try:
        converted = convert(data, kind, dec_hook=decode_hook)
    except (ValidationError, ValueError):
        return False
    return _within(converted, info)


_LEAVES: dict[type, Any] = {
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.BoolType: bool,
    inspect.NoneType: type(None),
    inspect.DateTimeType: Annotated[datetime, Meta(tz=True)],
}


def _within(value: Any, info: inspect.Type) -> bool:
    if isinstance(info, inspect.IntType | inspect.FloatType):
        bounds = ((info.ge, value.__ge__), (info.gt, value.__gt__), (info.le, value.__le__))
        return all(bound is None or holds(bound) is True for bound, holds in bounds)
    if isinstance(info, inspect.StrType):
        shortest, longest = info.min_length or 0, info.max_length
        return (
            (info.pattern is None or re.search(info.pattern, value) is not None)
            and len(value) >= shortest
            and (longest is None or len(value) <= longest)
        )
    return True


def _mistake(data: Any, info: inspect.Type, path: Path, words: Any = ()) -> Mistake:
    meant = Nearest(data, words) if words and isinstance(data, str) else None
    return Mistake(path, describe_type(info), _describe_at(path, data), meant)


def _describe_at(path: Path, value: Any) -> str:
    """The value in words, masked where its key says that it is a secret."""
    text = str(value) if isinstance(value, str | int | float) else ""
    is_the_key = path[-1:] == (value,)
    if len(text) >= SHORTEST and not is_the_key and any(map(is_secret, path[-2:])):
        return mask(text)
    return describe_value(value)


def masks_in(data: Any, path: Path = ()) -> Iterator[Mistake]:
    """Every value that was masked when it was shown: it would be taken for the secret."""
    if isinstance(data, str):
        if holds_mask(data):
            got = f"{describe_value(data)} (this is a masked value)"
            yield Mistake(path, "the value itself", got)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _MAY_HOLD_STARS:
                yield from masks_in(value, (*path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from masks_in(value, (*path, i))
