"""The keys and values of a scenario. These structs decode it and make its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from ..core.duration import Duration
from ..core.entities import Payment
from ..rules.rule import Rule, Then
from ..world.behaviour import Behaviour
from ..world.tls_faults import TlsFault
from .scalars import AppId, CodeText, CountryCode, Handle, Moment, Network, OpenId, Phone, UnionId


class _Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping that takes no unknown keys."""


class ClockStart(_Strict, frozen=True, kw_only=True):
    """What time it is in the world when it starts."""

    at: Annotated[
        Moment | None,
        Meta(description="The world's time at its start, with offset. Default: the machine's."),
    ] = None
    frozen: Annotated[bool, Meta(description="Whether time stands still until it is advanced.")] = (
        False
    )


class AppFields(_Strict, frozen=True, kw_only=True):
    """An app's fields beside its appid."""

    secret: Annotated[
        str, Meta(description="The AppSecret the backend must send; empty accepts any.")
    ] = ""
    open_platform: Annotated[
        str,
        Meta(description="The Open Platform account it is bound to; its apps share unionids."),
    ] = ""
    ip_whitelist: Annotated[
        tuple[Network, ...],
        Meta(description="Addresses and networks that may call; empty allows all (else 40164)."),
    ] = ()
    platforms: Annotated[
        dict[AppId, str],
        Meta(description="component_appid: component_access_token of who may log in for it."),
    ] = {}


class AppEntry(AppFields, frozen=True, kw_only=True):
    """A mini program or website. As soon as one is declared, only declared ones pass."""

    appid: Annotated[AppId, Meta(description="'wx' and 16 lowercase hex digits.")]


class UserFields(_Strict, frozen=True, kw_only=True):
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
        Phone,
        Meta(description="The national number bound to WeChat, without the country code."),
    ] = ""
    country_code: Annotated[CountryCode, Meta(description="The phone number's country.")] = "86"
    follows: Annotated[
        bool,
        Meta(description="Whether the user follows a sibling account (see behaviour.unionid)."),
    ] = True
    openids: Annotated[
        dict[AppId, OpenId],
        Meta(description="appid: openid, where the one derived from the seed will not do."),
    ] = {}
    unionid: Annotated[
        UnionId,
        Meta(description="The unionid, where the one derived from the seed will not do."),
    ] = ""
    payments: Annotated[
        tuple[Payment, ...],
        Meta(description="Payments by which getpaidunionid finds the user for five minutes."),
    ] = ()


class UserEntry(UserFields, frozen=True, kw_only=True):
    """One user by `name`, or many by `generate`. Once one is declared, only declared ones exist."""

    name: Annotated[Handle | None, Meta(description="Our handle for the user, such as alice.")] = (
        None
    )
    generate: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="Make so many users with Chinese names, phones and cities by the seed."),
    ] = None
    prefix: Annotated[
        Handle, Meta(description="Generated users are called prefix1, prefix2 and so on.")
    ] = "user"


class CodeEntry(_Strict, frozen=True, kw_only=True):
    """A login code that exists from the start, so that a test can write it down."""

    code: Annotated[CodeText, Meta(description="The code's text; WeChat's have 32 characters.")]
    user: Annotated[Handle, Meta(description="Whose login it is.")]
    appid: Annotated[
        AppId | None, Meta(description="Its app. Default: the first declared one; any, if none is.")
    ] = None
    age: Annotated[
        Duration | None, Meta(description="How old it is at the start; its lifetime then counts.")
    ] = None
    expires_in: Annotated[
        Duration | None, Meta(description="Its lifetime. Default: it never ends (unless `age`).")
    ] = None
    then: Annotated[
        Then | None, Meta(description="Effects that act on this code's exchange only.")
    ] = None


class Scenario(_Strict, frozen=True, kw_only=True):
    """A world's starting point."""

    version: Annotated[Literal[1], Meta(description="The format's version: 1.")]
    name: Annotated[str, Meta(description="A sentence that says what the scenario shows.")] = ""
    seed: Annotated[
        int,
        Meta(
            ge=0,
            le=2**53 - 1,
            description="All ids and all chance follow from it: same seed, same run.",
        ),
    ] = 0
    clock: Annotated[ClockStart, Meta(description="The world's time at its start.")] = field(
        default_factory=ClockStart
    )
    behaviour: Annotated[
        Behaviour, Meta(description="Switches for where WeChat varies or is not known for sure.")
    ] = field(
        default_factory=Behaviour
    )  # a factory, because msgspec cannot write this default into a JSON Schema
    apps: Annotated[
        tuple[AppEntry, ...],
        Meta(description="The apps that exist. Without any, every well-formed appid passes."),
    ] = ()
    users: Annotated[
        tuple[UserEntry, ...],
        Meta(description="The users that exist. Without any, everybody does."),
    ] = ()
    codes: Annotated[
        tuple[CodeEntry, ...], Meta(description="Login codes that exist from the start.")
    ] = ()
    rules: Annotated[
        tuple[Rule, ...],
        Meta(description="What happens to calls instead of, before or after WeChat's answer."),
    ] = ()
    tls: Annotated[
        tuple[TlsFault, ...],
        Meta(description="What goes wrong before HTTP begins; the first that is due acts."),
    ] = ()


EMPTY = Scenario(version=1)
