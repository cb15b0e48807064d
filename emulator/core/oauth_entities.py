"""What a world's store keeps of web logins."""

from __future__ import annotations

from typing import Literal

from .entity import Entity


class Consent(Entity, frozen=True, gc=False, omit_defaults=True):
    """What a user agreed to on the page that gave an OAuth code."""

    code: str
    scope: str
    is_snapshot: bool = False
    """Whether the page was shown as a snapshot, to a virtual user."""
    drop_at: float | None = None
    """When the code goes."""

    @property
    def key(self) -> str:
        """The code's text."""
        return self.code


class UserToken(Entity, frozen=True, gc=False, omit_defaults=True):
    """An OAuth access_token: of one user in one app."""

    token: str
    appid: str
    user: str
    openid: str
    scope: str
    issued_at: float
    expires_at: float
    is_snapshot: bool = False

    @property
    def key(self) -> str:
        """The token's text."""
        return self.token

    @property
    def drop_at(self) -> float | None:
        """One lifetime after its end; until then a call with it gets 42001."""
        return self.expires_at + max(self.expires_at - self.issued_at, 60.0)


class RefreshToken(Entity, frozen=True, gc=False):
    """What renews an OAuth access_token."""

    token: str
    access_token: str
    """The newest it has renewed or made."""
    grant: UserToken
    """The first: whose it is, and for what."""
    issued_at: float
    expires_at: float

    @property
    def key(self) -> str:
        """The token's text."""
        return self.token

    @property
    def drop_at(self) -> float | None:
        """One lifetime after its end; until then a call with it gets 42002."""
        return self.expires_at + max(self.expires_at - self.issued_at, 60.0)

    @property
    def refers(self) -> tuple[tuple[type[Entity], str], ...]:
        """The access_token."""
        return ((UserToken, self.access_token),)


class Visit(Entity, frozen=True, gc=False):
    """A page that asks a user for a login, shown in some browser."""

    uuid: str
    """What its QR code and its poll call it."""
    nonce: str
    """What its next form must bring; each does so once."""
    door: str
    """The path it was opened at."""
    appid: str
    redirect_uri: str
    scope: str
    state: str
    lang: str
    expires_at: float
    status: Literal["waiting", "scanned", "cancelled", "confirmed"] = "waiting"
    code: str = ""
    """The OAuth code, once the user has agreed."""
    target: str = "_top"
    """Where the login leads back to: the whole window, or the frame that the page is in."""
    platform: str = ""
    """The component_appid of the link."""

    @property
    def key(self) -> str:
        """The uuid."""
        return self.uuid

    @property
    def drop_at(self) -> float | None:
        """Some minutes after its end; until then its poll hears of that."""
        return self.expires_at + 300
