"""Everything that a world's store keeps: apps, users, codes, sessions, tokens …

Times are Unix seconds in the world's time. `gc=False` spares the garbage collector from looking at
a million live codes; it is safe because no entity can hold itself.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .endpoint_fields import EndpointFields, EndpointPath
from .entity import Entity as Entity
from .fields import AppFields, UserFields
from .oauth_entities import Consent, RefreshToken, UserToken, Visit
from .scalars import AppId, UserName


class App(AppFields, Entity, frozen=True, gc=False):
    """A mini program or website. As soon as one is declared, only declared ones pass."""

    appid: Annotated[AppId, Meta(description="'wx' and 16 lowercase hex digits.")]

    @property
    def key(self) -> str:
        """The appid."""
        return self.appid


class User(UserFields, Entity, frozen=True, gc=False):
    """A person with WeChat on a phone."""

    name: Annotated[UserName, Meta(description="Our name for the user; WeChat never sees it.")]

    @property
    def key(self) -> str:
        """The name."""
        return self.name


class Code(Entity, frozen=True, gc=False, omit_defaults=True):
    """A code: of wx.login, of getPhoneNumber, or of a plugin's login."""

    code: str
    appid: str
    user: str
    issued_at: float
    expires_at: float | None = None
    used_at: float | None = None
    kind: str = "login"
    spoilt_by: str = ""
    """Why it ended early, for the hint; empty if an exchange or its age ended it."""
    then: bytes = b""
    """Effects for the exchange of this code, as JSON; empty for none."""
    openid: str = ""
    """The user's openid in the app by the world's seed; empty for a code of any app."""
    session_key: str = ""
    """The key that its login made; empty if its exchange makes one."""

    @property
    def key(self) -> str:
        """The code's text."""
        return self.code

    @property
    def drop_at(self) -> float | None:
        """One lifetime after its end; until then a hint can say when it ended."""
        if self.expires_at is None:
            return None
        return self.expires_at + max(self.expires_at - self.issued_at, 60.0)

    @property
    def refers(self) -> tuple[tuple[type[Entity], str], ...]:
        """The session that its exchange renews or replaces."""
        last = (LastLogin, self.user)
        if not self.openid:
            return (last,)
        return ((Session, session_place(self.appid, self.openid)), last)


class Session(Entity, frozen=True, gc=False):
    """The session of one user in one app: a login opens it, in place of an older one."""

    appid: str
    user: str
    openid: str
    session_key: str
    opened_at: float
    renewed_at: float
    previous_key: str = ""
    """The session_key before this one; by it a hint recognises a stale key."""
    drop_at: float | None = None
    """Long after its end, so that a call with it is told of that; always the end of a day, so most
    renewals leave it as it is."""

    @property
    def key(self) -> str:
        """The app and the openid, as `session_place` has them."""
        return f"{self.appid} {self.openid}"

    @property
    def refers(self) -> tuple[tuple[type[Entity], str], ...]:
        """The user's last login, which may have made a newer key than this."""
        return ((LastLogin, self.user),)


def session_place(appid: str, openid: str) -> str:
    """The key under which the session of `openid` in `appid` is stored."""
    return f"{appid} {openid}"


class LastLogin(Entity, frozen=True, gc=False):
    """What a user's last login was for."""

    user: str
    appid: str
    """The app; if the login was for any, that of the one before."""
    unclaimed: Session | None = None
    """The session of a login for any app, until an app exchanges its code: it has no app yet."""
    drop_at: float | None = None
    """When the session goes that the login opened."""

    @property
    def key(self) -> str:
        """The user's name."""
        return self.user


class NewestCode(Entity, frozen=True, gc=False):
    """Which login code of a user in an app is the newest."""

    appid: str
    user: str
    code: str
    drop_at: float | None = None
    """When the code goes."""

    @property
    def key(self) -> str:
        """The app and the user."""
        return newest_code_place(self.appid, self.user)


def newest_code_place(appid: str, user: str) -> str:
    """The key under which the newest login code of a user in an app is stored."""
    return f"{appid} {user}"


class DeclaredCodes(Entity, frozen=True, gc=False):
    """The codes that a scenario declares for a user in an app, as it lists them."""

    appid: str
    user: str
    codes: tuple[str, ...]

    @property
    def key(self) -> str:
        """The app and the user, as for the newest code."""
        return newest_code_place(self.appid, self.user)


class SealedData(Entity, frozen=True, gc=False):
    """The hash of some encryptedData. checkencryptedmsg knows it for three days."""

    hash: str
    created_at: float

    @property
    def key(self) -> str:
        """SHA-256 over the encryptedData's base64 text, in hex."""
        return self.hash

    @property
    def drop_at(self) -> float | None:
        """After the three days."""
        return self.created_at + 3 * 86400


class AccessToken(Entity, frozen=True, gc=False, omit_defaults=True):
    """A cgi-bin access_token of an app."""

    token: str
    appid: str
    issued_at: float
    expires_at: float
    ended_at: float | None = None
    """When something ended it early."""
    ended_with: int = 40001
    """The errcode of calls with it since then."""
    ended_by: str = ""
    """What ended it, for the hint; empty if a newer token did."""

    @property
    def key(self) -> str:
        """The token's text."""
        return self.token

    @property
    def drop_at(self) -> float | None:
        """One lifetime after its end; until then a call with it gets 42001."""
        return self.expires_at + max(self.expires_at - self.issued_at, 60.0)


class EncryptKey(Struct, frozen=True, gc=False):
    """A key with which the phone and the backend encrypt what they send each other."""

    encrypt_key: str
    version: int
    iv: str
    created_at: float


class UserKeys(Entity, frozen=True, gc=False):
    """The latest keys of a user in an app, newest first."""

    appid: str
    openid: str
    keys: tuple[EncryptKey, ...]

    @property
    def key(self) -> str:
        """The app and the openid, as for a session."""
        return session_place(self.appid, self.openid)

    @property
    def drop_at(self) -> float | None:
        """A month or two after the last of them was made."""
        month = 30 * 86400
        return (self.keys[0].created_at // month + 2) * month if self.keys else None


class LatestToken(Entity, frozen=True, gc=False, omit_defaults=True):
    """The last token of a kind that an app got, and when the app last forced a refresh."""

    appid: str
    kind: str
    """`token` or `stable_token`; the two never touch each other."""
    token: str = ""
    forced_at: float | None = None
    drop_at: float | None = None
    """When the token goes."""

    @property
    def key(self) -> str:
        """The kind and the app."""
        return latest_token_place(self.appid, self.kind)


def latest_token_place(appid: str, kind: str) -> str:
    """The key under which the latest token of an app and a kind is stored."""
    return f"{kind} {appid}"


class Ticket(Entity, frozen=True, gc=False):
    """A ticket of an app's web pages, of the type `jsapi` or `wx_card`."""

    appid: str
    type: str
    ticket: str
    expires_at: float

    @property
    def key(self) -> str:
        """The type and the app."""
        return ticket_place(self.appid, self.type)

    @property
    def drop_at(self) -> float | None:
        """At its end."""
        return self.expires_at


def ticket_place(appid: str, kind: str) -> str:
    """The key under which an app's ticket of a type is stored."""
    return f"{kind} {appid}"


class Tally(Entity, frozen=True, gc=False):
    """How many tickets of one name were taken in its latest window of time."""

    name: str
    window: int
    """Which minute or day since 1970; 0 for what counts without end."""
    count: int
    drop_at: float | None = None
    """When the window ends; None for one without end."""

    @property
    def key(self) -> str:
        """What is counted."""
        return self.name


class ClockSetting(Entity, frozen=True, gc=False):
    """How the world's time differs from the machine's."""

    offset: float = 0.0
    frozen_at: float | None = None

    @property
    def key(self) -> str:
        """There is one per world."""
        return "clock"


class StoredRule(Entity, frozen=True, gc=False, omit_defaults=True):
    """A rule as JSON, and the time from which its `from` and `for` count."""

    id: str
    number: int
    """Unique in the world: a later rule with the same id starts new counters."""
    since: float
    rule: str
    """As JSON."""
    posted: bool = False
    """Whether it was added at run time, not by the scenario."""

    @property
    def key(self) -> str:
        """The id."""
        return self.id


class Sanction(Entity, frozen=True, gc=False):
    """What WeChat holds against an app, its secret or a user, until some time."""

    against: Literal["app", "secret", "user"]
    name: str
    """The appid, or the user's name."""
    since: float
    ends_at: float

    @property
    def key(self) -> str:
        """What it is against, and whose."""
        return sanction_place(self.against, self.name)

    @property
    def drop_at(self) -> float | None:
        """At its end."""
        return self.ends_at


def sanction_place(against: str, name: str) -> str:
    """The key under which a sanction is stored."""
    return f"{against} {name}"


class DeclaredEndpoint(EndpointFields, Entity, frozen=True, gc=False):
    """A path of WeChat's that the emulator does not answer by itself, and what it answers here."""

    path: Annotated[EndpointPath, Meta(description="The path, such as /wxa/mine.")]

    @property
    def key(self) -> str:
        """The path."""
        return self.path


KINDS: tuple[type[Entity], ...] = (
    App, User, Code, NewestCode, DeclaredCodes, Session, LastLogin, SealedData, UserKeys,
    AccessToken, LatestToken, Consent, UserToken, RefreshToken, Visit, Ticket, Tally, ClockSetting,
    StoredRule, DeclaredEndpoint, Sanction,
)  # fmt: skip
