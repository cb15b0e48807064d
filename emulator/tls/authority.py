"""The certificate authority that clients are told to trust, and the certificates it signs.

Imported only once somebody asks for TLS: cryptography costs every start otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .names import alternative_names, constraints_for, permits
from .pem import ORGANIZATION, AuthorityError, certificates_in, is_from_emulator, private_keys_in

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

# macOS refuses leaves that are valid for more than 825 days. Most of that lies ahead, some of it
# behind: a test that turns its clock back a few weeks should still see a valid one.
_BEHIND = timedelta(days=60)
_AHEAD = timedelta(days=760)
_TEN_YEARS = timedelta(days=3650)
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
Extension = TypeVar("Extension", bound=x509.ExtensionType)


class Authority:
    """Signs certificates for servers."""

    def __init__(self, key: Key, certificate: x509.Certificate) -> None:
        self._key = key
        self._certificate = certificate

    @property
    def pem(self) -> bytes:
        """What clients have to trust."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key(self) -> bytes:
        """What nobody else may see."""
        return _as_pem(self._key)

    @property
    def end(self) -> datetime:
        """When clients cease to trust it."""
        return self._certificate.not_valid_after_utc

    @property
    def is_from_emulator(self) -> bool:
        """Whether an emulator made it, of this version or an older one."""
        return is_from_emulator(self.pem)

    @property
    def constraints(self) -> x509.NameConstraints | None:
        """What it may vouch for; None is any name in the world."""
        return _extension(self._certificate, x509.NameConstraints)

    def permits(self, name: str) -> bool:
        """Whether clients accept a leaf for this name."""
        return self.constraints is None or permits(self.constraints, name)

    def ends_soon(self, now: float) -> bool:
        """Whether a leaf of today would outlive it."""
        return self.end < _moment(now) + _AHEAD

    def renewed(self, now: float) -> Authority:
        """The same for ten more years: whoever trusts one of them trusts what either signs."""
        subject, constraints = self._certificate.subject, self.constraints
        return Authority(self._key, _root(self._key, subject, constraints, _moment(now)))

    def leaf(self, names: Iterable[str], now: float) -> bytes:
        """Key and certificate for those of the names that it permits, valid now, in PEM."""
        return self._issue(names, _moment(now) - _BEHIND, _moment(now) + _AHEAD)

    def expired_leaf(self, names: Iterable[str], now: float) -> bytes:
        """The same, but its time ran out yesterday."""
        return self._issue(names, _moment(now) - _BEHIND, _moment(now) - timedelta(days=1))

    def _issue(self, names: Iterable[str], start: datetime, end: datetime) -> bytes:
        permitted = [name for name in names if self.permits(name)]
        if not permitted:
            raise AuthorityError("the certificate authority may vouch for no name that is served")
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _leaf(key, permitted, self._certificate.subject, start, end)
        signer = _key_identifier(self._certificate)
        signed = leaf.add_extension(signer, critical=False).sign(self._key, hashes.SHA256())
        return _as_pem(key, signed)


def create(names: Iterable[str], now: float) -> Authority:
    """A new authority, which may vouch for these names, WeChat's and this machine's alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    number = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]
    # Each has a name of its own: some clients take one of two CAs of the same name for the other.
    subject = _name(f"wechat-emulator test CA {number}")
    return Authority(key, _root(key, subject, constraints_for(names), _moment(now)))


def read(content: bytes) -> Authority:
    """The authority in a PEM file with its private key; ValueError if none is there."""
    certificates, keys = certificates_in(content), private_keys_in(content)
    if not certificates or not keys:
        raise ValueError("expected a private key and a certificate in PEM")
    key = load_pem_private_key(keys[0], None)
    if not isinstance(key, Key):
        raise ValueError("expected an RSA or EC key")
    certificate = x509.load_pem_x509_certificate(certificates[0])
    if key.public_key() != certificate.public_key():
        raise ValueError("the key is not the certificate's")
    return Authority(key, certificate)


def self_signed_leaf(names: Iterable[str], now: float) -> bytes:
    """Key and certificate that no authority stands behind, valid now, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    start, end = _moment(now) - _BEHIND, _moment(now) + _AHEAD
    return _as_pem(key, _leaf(key, names, _LEAF, start, end).sign(key, hashes.SHA256()))


def _root(
    key: Key, subject: x509.Name, constraints: x509.NameConstraints | None, now: datetime
) -> x509.Certificate:
    start, public = now - _BEHIND, key.public_key()
    builder = (
        x509.CertificateBuilder(subject, subject, public, x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if constraints:
        builder = builder.add_extension(constraints, critical=True)
    return builder.sign(key, hashes.SHA256())


def _leaf(
    key: Key, names: Iterable[str], issuer: x509.Name, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    for_servers = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder(issuer, _LEAF, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(alternative_names(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(for_servers, critical=False)
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES})


def _key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """What the issuer itself calls its key: by another word clients do not find the issuer."""
    if own := _extension(issuer, x509.SubjectKeyIdentifier):
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]  # RSA or EC


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _as_pem(key: Key, *certificates: x509.Certificate) -> bytes:
    pem = serialization.Encoding.PEM
    text = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return text + b"".join(certificate.public_bytes(pem) for certificate in certificates)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _moment(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)


_LEAF = _name("wechat-emulator")
