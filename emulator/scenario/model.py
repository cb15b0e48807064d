"""The keys and values of a scenario. These structs decode it and make its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from ..core.duration import Duration
from ..core.entities import App, DeclaredEndpoint
from ..core.fields import UserFields
from ..core.scalars import AppId, CodeText, UserName
from ..rules.rule import Rule, Then
from ..world.behaviour import Behaviour
from ..world.tls_faults import TlsFault
from .moment import Moment


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


class UserEntry(UserFields, frozen=True, kw_only=True):
    """One user by `name`, or many by `generate`. Once one is declared, only declared ones exist."""

    name: Annotated[UserName | None, Meta(description="Our name for the user, such as alice.")] = (
        None
    )
    generate: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="Make so many users with Chinese names, phones and cities by the seed."),
    ] = None
    prefix: Annotated[
        UserName, Meta(description="Generated users are called prefix1, prefix2 and so on.")
    ] = "user"


class CodeEntry(_Strict, frozen=True, kw_only=True):
    """A login code that exists from the start, so that a test can write it down."""

    code: Annotated[CodeText, Meta(description="The code's text; WeChat's have 32 characters.")]
    user: Annotated[UserName, Meta(description="Whose login it is.")]
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
        tuple[App, ...],
        Meta(description="The apps that exist. Without any, every well-formed appid passes."),
    ] = ()
    users: Annotated[
        tuple[UserEntry, ...],
        Meta(description="The users that exist. Without any, everybody does."),
    ] = ()
    codes: Annotated[
        tuple[CodeEntry, ...], Meta(description="Login codes that exist from the start.")
    ] = ()
    endpoints: Annotated[
        tuple[DeclaredEndpoint, ...],
        Meta(description="Paths of WeChat's that the emulator does not answer by itself."),
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
