"""Types of text that a scenario, the control API and a snapshot share: an appid, a phone number …

Each has a form, and a name for messages. Those that end in `OrEmpty` may also be left empty.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

APPID = "wx[0-9a-f]{16}"
_APPID_IN_WORDS = "an appid: 'wx' and 16 lowercase hex digits"
_ACCOUNT_ID = "o[0-9A-Za-z_-]{27}"
_CODE = "[0-9A-Za-z_-]{1,128}"
_CODE_IN_WORDS = (
    "a code: up to 128 letters, digits, '_' or '-' (a dot is for emu. codes, which need no entry)"
)
_PHONE_IN_WORDS = "the national number in digits, such as 13800138000 (86 goes to country_code)"
_NETWORK_IN_WORDS = "an address such as 203.0.113.7 or a network such as 10.0.0.0/8"
# Neither begins nor ends with a blank.
_NAME = r"[^\x00-\x20\x7f]([^\x00-\x1f\x7f]{0,62}[^\x00-\x20\x7f])?"


def shaped(pattern: str, expected: str) -> Meta:
    """Text that matches the whole pattern; messages call it `expected`."""
    # Python's $ also matches before a newline at the end; JSON Schema's does not.
    return Meta(pattern=f"^(?:{pattern})$(?!\\n)", extra={"expected": expected})


def shaped_or_empty(pattern: str, expected: str) -> Meta:
    """As `shaped`, but the text may also be empty."""
    return shaped(f"({pattern})?", expected)


AppId = Annotated[str, shaped(APPID, _APPID_IN_WORDS)]
AppIdOrEmpty = Annotated[str, shaped_or_empty(APPID, _APPID_IN_WORDS)]
CodeText = Annotated[str, shaped(_CODE, _CODE_IN_WORDS)]
CodeTextOrEmpty = Annotated[str, shaped_or_empty(_CODE, _CODE_IN_WORDS)]
CountryCode = Annotated[str, shaped("[0-9]{1,4}", "a country code in digits, such as 86")]
Network = Annotated[
    str, Meta(examples=["203.0.113.7", "10.0.0.0/8"], extra={"expected": _NETWORK_IN_WORDS})
]
"""An IP address, or a network in CIDR form. No pattern can check it, so `AppFields` does."""
OpenId = Annotated[str, shaped(_ACCOUNT_ID, "an openid: 'o' and 27 letters, digits, '_' or '-'")]
PhoneOrEmpty = Annotated[str, shaped_or_empty("[0-9]{5,15}", _PHONE_IN_WORDS)]
UnionIdOrEmpty = Annotated[
    str, shaped_or_empty(_ACCOUNT_ID, "a unionid: 'o' and 27 letters, digits, '_' or '-'")
]
UserName = Annotated[str, shaped(_NAME, "a name of 1 to 64 characters")]
UserNameOrEmpty = Annotated[str, shaped_or_empty(_NAME, "a name of 1 to 64 characters")]
