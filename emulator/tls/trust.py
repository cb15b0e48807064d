"""How programs of any language come to trust our CA: files to write, and variables to set."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from ssl import get_default_verify_paths

from ..core import files
from .pem import CERTIFICATE, certificates_in, holds, is_from_emulator, write_certificate

BUNDLE = "bundle.pem"
TRUSTSTORE = "truststore.p12"
PHP = "php"
_PHP_SETTINGS = ("curl.cainfo", "openssl.cafile")

_REPLACING = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPLIB2_CA_CERTS")
"""Name a file that stands in for the system's CAs, so it has to hold those as well."""
_ADDING = "NODE_EXTRA_CA_CERTS"
"""Names a file of further CAs; Node has its own built in."""
_SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS
)


def write(folder: Path, pem: bytes, environ: Mapping[str, str]) -> dict[str, str]:
    """Write what programs read, and give the variables that make them read it.

    The CAs the caller's environment names, and the system's, are trusted as before. FileExistsError
    names a file that is neither an earlier one of these nor empty.
    """
    named = [environ.get(name, "") for name in (*_REPLACING, _ADDING)]
    _write_files(folder, pem, _together([*_files(named), *_files(_system())], pem))
    authority, bundle, truststore = (folder / name for name in (CERTIFICATE, BUNDLE, TRUSTSTORE))
    return {
        **dict.fromkeys(_REPLACING, str(bundle)),
        _ADDING: str(bundle if environ.get(_ADDING) else authority),
        # PHP's curl heeds no variable, but a folder beside its own is read as php.ini is. An empty
        # first part stands for its own.
        "PHP_INI_SCAN_DIR": f"{environ.get('PHP_INI_SCAN_DIR', '')}{os.pathsep}{folder / PHP}",
        "JAVA_TOOL_OPTIONS": java_options(
            environ.get("JAVA_TOOL_OPTIONS", ""),
            {
                "javax.net.ssl.trustStore": str(truststore),
                "javax.net.ssl.trustStoreType": "PKCS12",
            },
        ),
    }


def _write_files(folder: Path, pem: bytes, authorities: list[bytes]) -> None:
    def is_ours(content: bytes) -> bool:
        return holds(content, pem) or is_from_emulator(content)

    write_certificate(folder / CERTIFICATE, pem)
    files.write(folder / BUNDLE, b"".join(authorities), is_ours)
    files.write(folder / TRUSTSTORE, _java_truststore(authorities), is_ours)
    (folder / PHP).mkdir(exist_ok=True)
    settings = "".join(f'{name} = "{folder / BUNDLE}"\n' for name in _PHP_SETTINGS)
    files.write(folder / PHP / "wechat-emulator.ini", settings.encode(), _are_php_settings)


def _are_php_settings(content: bytes) -> bool:
    return all(line.startswith(_PHP_SETTINGS) for line in content.decode("latin-1").splitlines())


def java_options(before: str, properties: Mapping[str, str]) -> str:
    """The options a JVM had already, and these system properties."""
    words = [f"-D{name}={value}" for name, value in properties.items()]
    return " ".join([before, *(f'"{word}"' if " " in word else word for word in words)]).strip()


def _system() -> list[str]:
    """The system's bundle, where there is one."""
    found = [path for path in (get_default_verify_paths().openssl_cafile, *_SYSTEM) if path]
    return [path for path in found if Path(path).is_file()][:1]


def _files(names: Iterable[str]) -> list[bytes]:
    """What the files hold that can be read; a variable may also name a folder, or nothing."""
    contents = []
    for name in dict.fromkeys(names):
        try:
            contents.append(Path(name).read_bytes() if name else b"")
        except OSError:
            continue
    return contents


def _together(files: list[bytes], pem: bytes) -> list[bytes]:
    """Every certificate once, ours last."""
    return list(dict.fromkeys(part for file in [*files, pem] for part in certificates_in(file)))


def _java_truststore(authorities: list[bytes]) -> bytes:
    """A PKCS #12 keystore with a mark on each entry that Java wants to see, without a password."""
    from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
    from cryptography.x509 import load_pem_x509_certificate

    entries = []
    with warnings.catch_warnings():  # a system's old CA may break a rule of today's
        warnings.simplefilter("ignore")
        for number, authority in enumerate(authorities):
            try:
                certificate = load_pem_x509_certificate(authority)
            except ValueError:
                continue
            entries.append(pkcs12.PKCS12Certificate(certificate, f"ca-{number}".encode()))
        return pkcs12.serialize_java_truststore(entries, NoEncryption())
