"""The fields of an app and of a user, for the scenario, the control API and snapshots alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .scalars import (
    AppId,
    CountryCode,
    Network,
    OpenId,
    PhoneOrEmpty,
    UnionIdOrEmpty,
    UserNameOrEmpty,
)
from .validation import CheckError, Mistake, type_info
from .wording import describe_type, describe_value

# Here and not in the field: msgspec reads that at its first use, and where a test has frozen time
# by then, this module's `datetime` is freezegun's.
_Moment = Annotated[datetime, Meta(tz=True)]

_CHINA = "86"


class _Fields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping that takes no unknown keys."""


class OAuthFields(_Fields, frozen=True, kw_only=True):
    """How web logins of an app go."""

    approve: Annotated[
        UserNameOrEmpty,
        Meta(description="Who agrees at once wherever a page would ask; empty shows the page."),
    ] = ""


class AppFields(_Fields, frozen=True, kw_only=True):
    """An app's fields beside its appid."""

    secret: Annotated[
        str, Meta(description="The AppSecret the backend must send; empty accepts any.")
    ] = ""
    open_platform: Annotated[
        str,
        Meta(description="The Open Platform account it is bound to; its apps share unionids."),
    ] = ""
    kind: Annotated[
        Literal["", "mini_program", "website", "official_account", "mobile"],
        Meta(description="What the app is, and so which logins it has; empty is any."),
    ] = ""
    callback_domain: Annotated[
        str,
        Meta(description="The host that web logins may lead back to; empty has any."),
    ] = ""
    oauth: Annotated[OAuthFields, Meta(description="How its web logins go.")] = OAuthFields()
    ip_whitelist: Annotated[
        tuple[Network, ...],
        Meta(description="Addresses and networks that may call; empty allows all (else 40164)."),
    ] = ()
    pages: Annotated[
        tuple[str, ...],
        Meta(description="Pages of the published version; empty has any (else 41030)."),
    ] = ()
    templates: Annotated[
        dict[str, tuple[str, ...]],
        Meta(
            description="template_id: the keys of its data, for subscribe messages; "
            "empty has any (else 40037)."
        ),
    ] = {}
    platforms: Annotated[
        dict[AppId, str],
        Meta(description="component_appid: component_access_token of who may log in for it."),
    ] = {}

    def __post_init__(self) -> None:
        if self.ip_whitelist and (wrong := [*_mistakes_in_whitelist(self.ip_whitelist)]):
            raise CheckError(wrong)


class Payment(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A payment through WeChat Pay, by which getpaidunionid finds the payer for five minutes."""

    transaction_id: Annotated[str, Meta(description="WeChat Pay's number.")] = ""
    mch_id: Annotated[str, Meta(description="The merchant, with out_trade_no.")] = ""
    out_trade_no: Annotated[str, Meta(description="The merchant's number.")] = ""
    at: Annotated[
        _Moment | None,
        Meta(description="When it was made; null is just now whenever it is asked for."),
    ] = None


class UserFields(_Fields, frozen=True, kw_only=True):
    """A user's fields beside the name."""

    nickname: Annotated[str, Meta(description="What getUserInfo shows of the user.")] = ""
    gender: Annotated[
        Literal[0, 1, 2], Meta(description="0 unknown, 1 male, 2 female, as WeChat counts.")
    ] = 0
    language: Annotated[str, Meta(description="The language of the user's WeChat.")] = "zh_CN"
    city: Annotated[str, Meta(description="The profile's city.")] = ""
    province: Annotated[str, Meta(description="The profile's province.")] = ""
    country: Annotated[str, Meta(description="The profile's country.")] = ""
    avatar_url: Annotated[str, Meta(description="The profile picture's URL.")] = ""
    phone: Annotated[
        PhoneOrEmpty,
        Meta(description="The national number bound to WeChat, without the country code."),
    ] = ""
    country_code: Annotated[CountryCode, Meta(description="The phone number's country.")] = _CHINA
    follows: Annotated[
        bool,
        Meta(description="Whether the user follows a sibling account (see behaviour.unionid)."),
    ] = True
    openids: Annotated[
        dict[AppId, OpenId],
        Meta(description="appid: openid, where the one derived from the seed will not do."),
    ] = {}
    unionid: Annotated[
        UnionIdOrEmpty,
        Meta(description="The unionid, where the one derived from the seed will not do."),
    ] = ""
    deregistered: Annotated[
        bool, Meta(description="Whether the account is closed: userinfo says 用户已经注销.")
    ] = False
    subscriptions: Annotated[
        dict[str, Annotated[int, Meta(ge=0)] | Literal["always"]] | None,
        Meta(
            description="template_id: to how many subscribe messages the user agreed, or always; "
            "null agrees to all (else 43101)."
        ),
    ] = None
    payments: Annotated[
        tuple[Payment, ...],
        Meta(description="Payments by which getpaidunionid finds the user for five minutes."),
    ] = ()

    def __post_init__(self) -> None:
        phone = self.phone
        chinese = len(phone) == 11 and phone[0] == "1"
        if phone and self.country_code == _CHINA and not chinese:
            expected = "11 digits that start with 1 (other countries: set country_code)"
            raise CheckError([Mistake(("phone",), expected, describe_value(phone))])


def _mistakes_in_whitelist(networks: tuple[str, ...]) -> Iterator[Mistake]:
    from ipaddress import ip_network  # few apps have a whitelist

    for i, network in enumerate(networks):
        try:
            ip_network(network, strict=False)
        except ValueError:
            expected = describe_type(type_info(Network))
            yield Mistake(("ip_whitelist", i), expected, describe_value(network))
