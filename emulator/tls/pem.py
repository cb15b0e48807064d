"""Certificates as they stand in files."""

from __future__ import annotations

import re
from binascii import a2b_base64
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ..core import files
from ..core.settings import SettingsError

CERTIFICATE = "ca.pem"
"""The file that programs are told to trust."""
ORGANIZATION = "wechat-emulator, for tests only"
"""Who issues and owns every certificate that an emulator makes."""
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----", re.DOTALL)


class AuthorityError(SettingsError):
    """A certificate or key that cannot be used; the text names the file and the way out."""


def certificates_in(content: bytes) -> list[bytes]:
    """Each certificate of a PEM file, without a key that may stand among them."""
    return [match[0] + b"\n" for match in _CERTIFICATE.finditer(content)]


def private_keys_in(content: bytes) -> list[bytes]:
    """Each private key of a PEM file."""
    return [match[0] + b"\n" for match in _KEY.finditer(content)]


def fingerprint(content: bytes) -> str:
    """The SHA-256 of a PEM file's first certificate, as browsers and keytool show it."""
    if not (found := _as_der(content)):
        raise AuthorityError("expected a certificate in PEM (-----BEGIN CERTIFICATE-----)")
    return sha256(found[0]).digest().hex(":").upper()


def holds(content: bytes, certificate: bytes) -> bool:
    """Whether a file, PEM or binary, holds the certificate."""
    return _is_in(content, _as_der(certificate)[0])


def is_from_emulator(content: bytes) -> bool:
    """Whether a file, PEM or binary, holds a certificate that an emulator made."""
    return _is_in(content, ORGANIZATION.encode())


def write_certificate(file: Path, certificate: bytes) -> None:
    """Let the file hold it, for everybody to read; FileExistsError as `files.write`."""
    if not file.exists() or not holds(file.read_bytes(), certificate):
        files.write(file, certificate, is_from_emulator)
        file.chmod(0o644)


def _is_in(content: bytes, part: bytes) -> bool:
    return any(part in each for each in (content, *_as_der(content)))


def _as_der(content: bytes) -> list[bytes]:
    found = []
    for match in _CERTIFICATE.finditer(content):
        with suppress(ValueError):
            found.append(a2b_base64(match[1]))
    return found
