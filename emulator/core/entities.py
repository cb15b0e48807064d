"""What a world remembers: frozen values with a `key`, as they lie in a store.

Times are seconds since 1970 in the world's time. `gc=False` keeps a million live codes out of the
garbage collector's sight; it is safe because no entity can point back to itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct


class Entity(Struct, frozen=True, gc=False):
    """Something kept in a store: found by its class and `key`, dropped after `drop_at`."""

    @property
    def key(self) -> str:
        """The name it is found by, unique among its class."""
        raise NotImplementedError

    @property
    def drop_at(self) -> float | None:
        """When a store may forget it; None is never."""
        return None

    @property
    def refers(self) -> tuple[tuple[type[Entity], str], ...]:
        """What whoever reads this will read next, by class and key: a store may bring it along."""
        return ()


class App(Entity, frozen=True, gc=False, omit_defaults=True):
    """A mini program or website registered with WeChat."""

    appid: str
    secret: str = ""
    """32 hex digits; empty accepts any."""
    open_platform: str = ""
    """The Open Platform account it is bound to; apps of one account share unionids."""
    ip_whitelist: tuple[str, ...] = ()
    """Addresses and networks that may call with the secret; empty allows all."""
    platforms: dict[str, str] = {}
    """component_appid → component_access_token (empty accepts any) of the third-party platforms
    that may log in for it; without any, every platform may."""

    @property
    def key(self) -> str:
        """The appid."""
        return self.appid


class Payment(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A payment through WeChat Pay, by which getpaidunionid finds the payer for five minutes."""

    transaction_id: Annotated[str, Meta(description="WeChat Pay's number.")] = ""
    mch_id: Annotated[str, Meta(description="The merchant, with out_trade_no.")] = ""
    out_trade_no: Annotated[str, Meta(description="The merchant's number.")] = ""
    at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="When it was made; null is just now whenever it is asked for."),
    ] = None


class User(Entity, frozen=True, gc=False, omit_defaults=True):
    """A person with WeChat on a phone; `name` is our handle, WeChat never sees it."""

    name: str
    nickname: str = ""
    gender: int = 0
    """0 unknown, 1 male, 2 female, as WeChat counts."""
    language: str = "zh_CN"
    city: str = ""
    province: str = ""
    country: str = ""
    avatar_url: str = ""
    phone: str = ""
    """The national number, without the country code."""
    country_code: str = "86"
    follows: bool = True
    """Whether the user follows or has authorised a sibling account (the older unionid rule)."""
    openids: dict[str, str] = {}
    """appid → openid, where the derived one will not do."""
    unionid: str = ""
    payments: tuple[Payment, ...] = ()

    @property
    def key(self) -> str:
        """The name."""
        return self.name


class Code(Entity, frozen=True, gc=False, omit_defaults=True):
    """What `wx.login` hands out; also the codes of getPhoneNumber, plugins and OAuth."""

    code: str
    appid: str
    user: str
    issued_at: float
    expires_at: float | None = None
    used_at: float | None = None
    kind: str = "login"
    spoilt_by: str = ""
    """What ended it, where no exchange and no age did; for the hint."""
    then: bytes = b""
    """Effects scripted for this code's exchange, as JSON; empty for none."""
    openid: str = ""
    """Who the user is in the app by the world's seed; empty for a code of any app."""

    @property
    def key(self) -> str:
        """The code's text."""
        return self.code

    @property
    def drop_at(self) -> float | None:
        """One lifetime after its end, so that a hint can still say when that was."""
        if self.expires_at is None:
            return None
        return self.expires_at + max(self.expires_at - self.issued_at, 60.0)

    @property
    def refers(self) -> tuple[tuple[type[Entity], str], ...]:
        """The session that its exchange replaces."""
        if not self.openid:
            return ()
        return ((Session, session_place(self.appid, self.openid)), (LastLogin, self.user))


class Session(Entity, frozen=True, gc=False):
    """What an exchange opens for one user in one app; the latest is the only valid one."""

    appid: str
    user: str
    openid: str
    session_key: str
    opened_at: float
    renewed_at: float
    previous_key: str = ""
    """The session_key this one replaced; a hint can tell a stale key from a made-up one."""

    @property
    def key(self) -> str:
        """Where the session of this user in this app lies: its `session_place`."""
        return f"{self.appid} {self.openid}"


def session_place(appid: str, openid: str) -> str:
    """The key under which the session of `openid` in `appid` is stored."""
    return f"{appid} {openid}"


class LastLogin(Entity, frozen=True, gc=False):
    """In which app a user has exchanged a code last."""

    user: str
    appid: str

    @property
    def key(self) -> str:
        """The user's name."""
        return self.user


class NewestCode(Entity, frozen=True, gc=False):
    """Which login code of a user in an app is the newest."""

    appid: str
    user: str
    code: str

    @property
    def key(self) -> str:
        """The app and the user."""
        return newest_code_place(self.appid, self.user)


def newest_code_place(appid: str, user: str) -> str:
    """The key under which the newest login code of a user in an app is stored."""
    return f"{appid} {user}"


class SealedData(Entity, frozen=True, gc=False):
    """That some encryptedData came from this WeChat, as checkencryptedmsg tells for three days."""

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
    """When a newer token put an early end to it."""

    @property
    def key(self) -> str:
        """The token's text."""
        return self.token

    @property
    def drop_at(self) -> float | None:
        """One lifetime after its end, while 42001 is still the right answer."""
        return self.expires_at + max(self.expires_at - self.issued_at, 60.0)


class EncryptKey(Struct, frozen=True, gc=False):
    """A key by which phone and backend encrypt what they send each other."""

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
        """As of the session."""
        return session_place(self.appid, self.openid)


class LatestToken(Entity, frozen=True, gc=False, omit_defaults=True):
    """Which token of a kind an app got last, and when it last forced a refresh."""

    appid: str
    kind: str
    """`token` or `stable_token`; the two never touch each other."""
    token: str = ""
    forced_at: float | None = None

    @property
    def key(self) -> str:
        """Where the latest token of this kind of this app lies."""
        return latest_token_place(self.appid, self.kind)


def latest_token_place(appid: str, kind: str) -> str:
    """The key under which the latest token of an app and a kind is stored."""
    return f"{kind} {appid}"


class Tally(Entity, frozen=True, gc=False):
    """How many tickets of a name were taken in the window of time that it was last asked in."""

    name: str
    window: int
    """Which minute or day since 1970; 0 for what counts without end."""
    count: int

    @property
    def key(self) -> str:
        """What is counted."""
        return self.name


class ClockSetting(Entity, frozen=True, gc=False):
    """How the world's time differs from the machine's; kept in the store so replicas agree."""

    offset: float = 0.0
    frozen_at: float | None = None

    @property
    def key(self) -> str:
        """There is one per world."""
        return "clock"


class StoredRule(Entity, frozen=True, gc=False, omit_defaults=True):
    """A rule as it was written, with the moment from which its `for` counts."""

    id: str
    number: int
    """Unique in the world, so that a later rule of the same id counts afresh."""
    since: float
    rule: str
    """As JSON."""
    posted: bool = False
    """At run time, not by the scenario."""

    @property
    def key(self) -> str:
        """The id."""
        return self.id


KINDS: tuple[type[Entity], ...] = (
    App, User, Code, NewestCode, Session, LastLogin, SealedData, UserKeys, AccessToken, LatestToken,
    Tally, ClockSetting, StoredRule,
)  # fmt: skip
