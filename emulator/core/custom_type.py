"""How a type of our own takes part: msgspec reads it, messages name it, JSON Schema shows it."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, Self, TypeGuard


class CustomType(Protocol):
    """A type of ours that people write as plain JSON or YAML: a duration, a span of calls.

    A type with keys or items of its own also has `mistakes(value)`. It yields every `Mistake`, with
    paths that start at the value.
    """

    expected: ClassVar[str]
    """What is wanted, in words."""

    @classmethod
    def parse(cls, value: Any) -> Self:
        """The value as this type; ValueError if it does not fit."""
        ...

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """This type in JSON Schema."""
        ...


def is_custom_type(kind: type) -> TypeGuard[type[CustomType]]:
    """Whether msgspec needs our help with the type."""
    return hasattr(kind, "json_schema")


def decode_hook(kind: type, value: Any) -> Any:
    """Reads custom types, for msgspec's `dec_hook`."""
    if is_custom_type(kind):
        return kind.parse(value)
    raise NotImplementedError(kind)


def schema_hook(kind: type) -> dict[str, Any]:
    """Describes custom types, for msgspec's `schema_hook`."""
    if is_custom_type(kind):
        return kind.json_schema()
    raise NotImplementedError(kind)
