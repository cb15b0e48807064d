"""The one source of chance: openids, codes, keys, tokens and rids, all derived from a seed.

openid and unionid depend on the seed and on what they name, so tests can write them down. What is
handed out once (codes, session_keys, tokens, rids) also depends on the world and on a counter kept
in the store, so two worlds never hand out the same one.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b
from random import Random

# base64's two odd characters become letters where WeChat's alphabet is alphanumeric. The slight
# bias does no harm: nothing here is secret.
_CODE_LENGTH, _TOKEN_LENGTH = 32, 136
_ALPHANUMERIC = bytes.maketrans(b"+/", b"xW")


class Ids:
    """The ids of one world."""

    def __init__(self, seed: int, world: str) -> None:
        self.seed = seed
        self._root = blake2b(f"{seed}\0{world}\0".encode(), digest_size=32)
        self._roots: dict[str, blake2b] = {}
        """The same with a kind behind it: kinds are few, and each is drawn a million times."""

    def _digest(self, kind: str, n: int) -> bytes:
        root = self._roots.get(kind)
        if root is None:
            root = self._roots[kind] = self._root.copy()
            root.update(f"{kind}\0".encode())
        digest = root.copy()
        digest.update(b"%d" % n)
        return digest.digest()

    def code(self, n: int, kind: str = "login") -> str:
        """The n-th code: 32 letters and digits that start with 0, as `wx.login` gives."""
        return "0" + b64encode(self._digest(kind, n)).translate(_ALPHANUMERIC)[:31].decode()

    def code_like(self, lowered: str) -> str | None:
        """That of the first thousand login codes which reads so in lower case."""
        if len(lowered) != _CODE_LENGTH or not lowered.startswith("0"):
            return None
        return next((code for n in range(1000) if (code := self.code(n)).lower() == lowered), None)

    def phone_code(self, n: int) -> str:
        """64 hex digits, as `getPhoneNumber` gives."""
        return self._digest("phone", n).hex()

    def session_key(self, n: int) -> str:
        """16 bytes in base64: 24 characters ending in `==`."""
        return b64encode(self._digest("session_key", n)[:16]).decode()

    def iv(self, n: int) -> bytes:
        """16 bytes."""
        return self._digest("iv", n)[:16]

    def encrypt_key(self, n: int) -> tuple[str, str]:
        """16 bytes in base64, and an iv of 16 hex digits."""
        digest = self._digest("encrypt_key", n)
        return b64encode(digest[:16]).decode(), digest[16:24].hex()

    def cloud_id(self, n: int) -> str:
        """What opens the same data in cloud functions: `89_` and 43 characters."""
        return "89_" + urlsafe_b64encode(self._digest("cloudID", n)).decode()[:43]

    def token(self, n: int, kind: str = "token") -> str:
        """An access_token: `89_` and 133 characters of the base64url alphabet."""
        digests = b"".join(self._digest(f"{kind}{part}", n) for part in range(4))
        return "89_" + urlsafe_b64encode(digests).decode()[:133]

    def token_like(self, lowered: str) -> str | None:
        """That of the first fifty tokens of each kind which reads so in lower case."""
        if len(lowered) != _TOKEN_LENGTH or not lowered.startswith("89_"):
            return None
        made = (self.token(n, kind) for kind in ("token", "stable_token") for n in range(50))
        return next((token for token in made if token.lower() == lowered), None)

    def ticket(self, n: int) -> str:
        """A jsapi_ticket: 86 characters, of which all that were seen begin alike."""
        digests = b"".join(self._digest(f"ticket{part}", n) for part in range(2))
        return "kgt8ON7yVITDhtdwci0qe" + urlsafe_b64encode(digests).decode()[:65]

    def text(self, n: int, length: int) -> str:
        """Letters and digits of whatever else WeChat hands out: media, tickets, links."""
        digests = b"".join(self._digest(f"text{part}", n) for part in range(length // 40 + 1))
        return b64encode(digests).translate(_ALPHANUMERIC)[:length].decode()

    def rid(self, n: int, now: float) -> str:
        """A request id: three groups of 8 hex digits, the first the call's Unix time."""
        tail = self._digest("rid", n).hex()
        return f"{int(now) & 0xFFFFFFFF:08x}-{tail[:8]}-{tail[8:16]}"

    def request_id(self, n: int) -> str:
        """What stood in `hints: [ req_id: … ]` before 2021: 14 characters."""
        return urlsafe_b64encode(self._digest("req_id", n))[:14].decode()

    def openid(self, appid: str, user: str) -> str:
        """28 characters; the first six are the app's, the rest the user's in this app."""
        return _account_id(self.seed, "openid", appid, user)

    def unionid(self, open_platform: str, user: str) -> str:
        """28 characters; the first six are the Open Platform account's."""
        return _account_id(self.seed, "unionid", open_platform, user)

    def user_token(self, n: int, kind: str) -> str:
        """An OAuth access_token or refresh_token: as an app's, but of 110 characters."""
        return self.token(n, kind)[:110]

    def openpid(self, appid: str, user: str) -> str:
        """Who the user is to a plugin: 28 characters that start with G."""
        return "G" + _account_id(self.seed, "openpid", appid, user)[1:]

    def group(self, name: str) -> str:
        """`openGId` of a chat group: 28 characters that start with G."""
        return "G" + _account_id(self.seed, "openGId", "", name)[1:]

    def avatar(self, user: str) -> str:
        """The address of a user's picture, as far as it differs from others'."""
        return urlsafe_b64encode(_digest_of(self.seed, "avatar", user)).decode()

    def steps(self, user: str, day: int) -> int:
        """How far the user walked on a day."""
        digest = blake2b(f"{self.seed}\0steps\0{user}\0{day}".encode(), digest_size=4).digest()
        return int.from_bytes(digest) % 20_000

    def phone(self, user: str) -> str:
        """The mobile number of a user who has none declared: `138` and eight digits."""
        digest = blake2b(f"{self.seed}\0phone\0{user}".encode(), digest_size=8).digest()
        return f"138{int.from_bytes(digest) % 10**8:08d}"

    def chance(self, kind: str, n: int) -> float:
        """The n-th throw of a kind: a number in [0, 1)."""
        return int.from_bytes(self._digest(kind, n)[:7]) / (1 << 56)

    def number(self, kind: str, n: int) -> int:
        """The n-th large number of a kind, for several choices: 256 bits."""
        return int.from_bytes(self._digest(kind, n))

    def random(self, kind: str, n: int) -> Random:
        """A generator for draws that need more than one number."""
        return Random(self._digest(kind, n))


def _digest_of(seed: int, kind: str, user: str) -> bytes:
    return blake2b(f"{seed}\0{kind}\0{user}".encode(), digest_size=48).digest()


@lru_cache(maxsize=65536)
def _account_id(seed: int, kind: str, account: str, user: str) -> str:
    head = blake2b(f"{seed}\0{kind}\0{account}".encode(), digest_size=6).digest()
    tail = blake2b(f"{seed}\0{kind}\0{account}\0{user}".encode(), digest_size=18).digest()
    return "o" + urlsafe_b64encode(head)[:5].decode() + urlsafe_b64encode(tail)[:22].decode()
