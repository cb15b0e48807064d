"""The kinds of text a scenario holds: their shapes, and in words what is expected of them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from ..world.clock import from_rfc3339

_LATEST = from_rfc3339("9998-12-31T23:59:59Z")


class Moment(float):
    """Unix seconds, written as RFC 3339 with an offset."""

    __slots__ = ()
    expected: ClassVar = (
        "a moment from 1970 to 9998 with its offset, such as 2026-01-01T08:00:00+08:00 (Z is UTC)"
    )

    @classmethod
    def parse(cls, value: object) -> Moment:
        """Read RFC 3339; ValueError says what is expected."""
        if not isinstance(value, str):
            raise ValueError(f"expected {cls.expected}")
        seconds = from_rfc3339(value)
        if not 0 <= seconds <= _LATEST:
            raise ValueError(f"expected {cls.expected}")
        return cls(seconds)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """How JSON Schema says it."""
        return {"type": "string", "examples": ["2026-01-01T08:00:00+08:00"]}


class Network(str):
    """An address or a network of addresses."""

    __slots__ = ()
    expected: ClassVar = "an address such as 203.0.113.7 or a network such as 10.0.0.0/8"

    @classmethod
    def parse(cls, value: object) -> Network:
        """Read an IPv4 or IPv6 address or CIDR; ValueError says what is expected."""
        from ipaddress import ip_network  # few scenarios have a whitelist

        if not isinstance(value, str):
            raise ValueError(f"expected {cls.expected}")
        ip_network(value, strict=False)
        return cls(value)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """How JSON Schema says it."""
        return {"type": "string", "examples": ["203.0.113.7", "10.0.0.0/8"]}


def shaped(pattern: str, expected: str) -> Any:
    """Text that matches the pattern, and what to call it in a message."""
    # Python's $ also matches before a newline at the end; JSON Schema's does not.
    return Annotated[str, Meta(pattern=f"^(?:{pattern})$(?!\\n)", extra={"expected": expected})]


Handle = shaped(
    r"[^\x00-\x20\x7f]([^\x00-\x1f\x7f]{0,62}[^\x00-\x20\x7f])?", "a name of 1 to 64 characters"
)
AppId = shaped("wx[0-9a-f]{16}", "an appid: 'wx' and 16 lowercase hex digits")
OpenId = shaped("o[0-9A-Za-z_-]{27}", "an openid: 'o' and 27 letters, digits, '_' or '-'")
UnionId = shaped("(o[0-9A-Za-z_-]{27})?", "a unionid: 'o' and 27 letters, digits, '_' or '-'")
CodeText = shaped(
    "[0-9A-Za-z_-]{1,128}",
    "a code: up to 128 letters, digits, '_' or '-' (a dot is for emu. codes, which need no entry)",
)
Phone = shaped(
    "([0-9]{5,15})?", "the national number in digits, such as 13800138000 (86 goes to country_code)"
)
CountryCode = shaped("[0-9]{1,4}", "a country code in digits, such as 86")
