"""The certificate authority that clients are told to trust, and the certificates it signs.

Imported only once somebody asks for TLS: trustme and cryptography cost every start otherwise.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert
from tempfile import NamedTemporaryFile

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ..core.hosts import WECHAT_HOSTS
from ..core.settings import SettingsError

CERTIFICATE = "ca.pem"
KEY = "ca-key.pem"
_ORGANIZATION = "wechat-emulator, for tests only"
# macOS refuses leaves that are valid for more than 825 days. Most of that lies ahead, some of it
# behind: a test that turns its clock back a few weeks should still see a valid one.
_BEHIND = timedelta(days=60)
_AHEAD = timedelta(days=760)
_PEM_CERTIFICATE = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL
)
_PEM_KEY = re.compile(
    rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----\n?", re.DOTALL
)


class AuthorityError(SettingsError):
    """A certificate or key that cannot be used; the text names the file and the way out."""


class Authority:
    """Signs certificates for WeChat's hosts and this machine."""

    def __init__(self, ca: trustme.CA) -> None:
        self._ca = ca

    @property
    def pem(self) -> bytes:
        """What clients have to trust."""
        return self._ca.cert_pem.bytes()

    @property
    def key(self) -> bytes:
        """What nobody else may see."""
        return self._ca.private_key_pem.bytes()

    def leaf(self, names: Iterable[str], now: float) -> bytes:
        """Key and certificate for the names, valid now, in PEM."""
        moment = datetime.fromtimestamp(now, UTC)
        return _issue(self._ca, names, moment - _BEHIND, moment + _AHEAD)

    def expired_leaf(self, names: Iterable[str], now: float) -> bytes:
        """The same, but its time ran out yesterday."""
        moment = datetime.fromtimestamp(now, UTC)
        return _issue(self._ca, names, moment - _BEHIND, moment - timedelta(days=1))


def self_signed_leaf(names: Iterable[str], now: float) -> bytes:
    """Key and certificate that no authority stands behind, valid now, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    moment = datetime.fromtimestamp(now, UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "self-signed, on purpose")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - _BEHIND)
        .not_valid_after(moment + _AHEAD)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in names if not _is_address(n)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def names_to_serve(further: Iterable[str] = ()) -> list[str]:
    """Every host the leaf is for: WeChat's, this machine's, and further ones."""
    own = [socket.gethostname().lower(), "localhost", "127.0.0.1", "::1"]
    names = dict.fromkeys([*WECHAT_HOSTS, *own, *(name.lower() for name in further)])
    return [name for name in names if _is_address(name) or _HOST_NAME.fullmatch(name)]


_HOST_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)


def _is_address(name: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            socket.inet_pton(family, name)
            return True
    return False


def in_memory() -> Authority:
    """An authority that ends with this process."""
    return Authority(trustme.CA(organization_name=_ORGANIZATION))


def in_folder(folder: str | Path) -> Authority:
    """The folder's authority, made on first use.

    OSError if it has to be made and cannot, AuthorityError if what lies there is of no use.
    """
    folder = Path(folder)
    if not (folder / KEY).exists():
        if (folder / CERTIFICATE).exists():
            raise AuthorityError(
                f"{folder / CERTIFICATE} is there, {KEY} is not: put its key beside it, "
                f"or delete it and a new authority is made"
            )
        folder.mkdir(parents=True, exist_ok=True)
        _create(folder / KEY, in_memory())
    authority = _load(folder)
    _publish(folder / CERTIFICATE, authority.pem)
    return authority


def fingerprint(pem: bytes) -> str:
    """The SHA-256 of the first certificate, as browsers and keytool show it."""
    if not (match := _PEM_CERTIFICATE.search(pem)):
        raise AuthorityError("expected a certificate in PEM (-----BEGIN CERTIFICATE-----)")
    digest = sha256(PEM_cert_to_DER_cert(match.group().decode())).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def certificates_in(pem: bytes) -> bytes:
    """The certificates of a PEM file, without a key that may stand among them."""
    return b"".join(part.rstrip() + b"\n" for part in _PEM_CERTIFICATE.findall(pem))


def _issue(ca: trustme.CA, names: Iterable[str], start: datetime, end: datetime) -> bytes:
    leaf = ca.issue_cert(*names, not_before=start, not_after=end, organization_name=_ORGANIZATION)
    return leaf.private_key_and_cert_chain_pem.bytes()


def _create(file: Path, authority: Authority) -> None:
    """Put key and certificate there as one file, unless somebody else just did.

    One file, linked into place whole: two processes that start at once agree on who was first, and
    nobody ever reads half a key or a key without its certificate.
    """
    draft = _draft(file.parent, authority.key + authority.pem)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _publish(file: Path, pem: bytes) -> None:
    """Write the certificate for everybody to read, where that is possible and needed."""
    with contextlib.suppress(OSError):
        if file.exists() and file.read_bytes() == pem:
            return
        draft = _draft(file.parent, pem)
        draft.chmod(0o644)
        os.replace(draft, file)


def _draft(folder: Path, content: bytes) -> Path:
    """A file only its owner may read, under a name nobody else uses."""
    with NamedTemporaryFile(dir=folder, prefix=".ca-", delete=False) as draft:
        draft.write(content)
    return Path(draft.name)


def _load(folder: Path) -> Authority:
    """The authority in the folder; its certificate may stand with the key or in `ca.pem`."""
    try:
        text = (folder / KEY).read_bytes()
        if not _PEM_CERTIFICATE.search(text) and (folder / CERTIFICATE).exists():
            text += (folder / CERTIFICATE).read_bytes()
        return _parse(text)
    except (OSError, ValueError, TypeError) as error:
        raise AuthorityError(
            f"{folder / KEY} is no certificate authority: {error}; "
            f"delete it and {CERTIFICATE}, and a new one is made"
        ) from None


def _parse(text: bytes) -> Authority:
    key, certificate = _PEM_KEY.search(text), _PEM_CERTIFICATE.search(text)
    if not key or not certificate:
        raise ValueError("expected a private key and a certificate in PEM")
    public = load_pem_private_key(key.group(), None).public_key()
    if public != x509.load_pem_x509_certificate(certificate.group()).public_key():
        raise ValueError("the key is not the certificate's")
    return Authority(trustme.CA.from_pem(certificate.group(), key.group()))
