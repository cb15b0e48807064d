"""The CA on disk: made once, agreed upon, never half written; and what it signs."""

import os
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID

from emulator.core.hosts import WECHAT_HOSTS
from emulator.tls.authority import (
    CERTIFICATE,
    KEY,
    AuthorityError,
    fingerprint,
    in_folder,
    in_memory,
    names_to_serve,
)
from tests.support import NOON_UNIX


def leaf(names: list[str], now: float = NOON_UNIX) -> x509.Certificate:
    return x509.load_pem_x509_certificate(in_memory().leaf(names, now))


def test_the_folder_is_made_and_holds_the_certificate_for_all_and_the_key_for_its_owner(
    tmp_path: Path,
) -> None:
    authority = in_folder(tmp_path / "made/here")
    certificate, key = tmp_path / "made/here" / CERTIFICATE, tmp_path / "made/here" / KEY
    assert certificate.read_bytes() == authority.pem
    assert stat.S_IMODE(certificate.stat().st_mode) == 0o644
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_next_start_finds_the_same_authority(tmp_path: Path) -> None:
    assert in_folder(tmp_path).pem == in_folder(tmp_path).pem


def test_those_who_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = {authority.pem for authority in pool.map(in_folder, [tmp_path] * 8)}
    assert found == {(tmp_path / CERTIFICATE).read_bytes()}
    assert sorted(os.listdir(tmp_path)) == [KEY, CERTIFICATE], "a draft was left behind"


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert in_folder(tmp_path).pem == in_folder(tmp_path).pem


def test_a_certificate_that_was_lost_is_written_again(tmp_path: Path) -> None:
    pem = in_folder(tmp_path).pem
    (tmp_path / CERTIFICATE).unlink()
    assert in_folder(tmp_path).pem == (tmp_path / CERTIFICATE).read_bytes() == pem


def test_an_authority_of_ones_own_is_taken(tmp_path: Path) -> None:
    own = in_memory()
    (tmp_path / CERTIFICATE).write_bytes(own.pem)
    (tmp_path / KEY).write_bytes(own.key)
    assert in_folder(tmp_path).pem == own.pem


def test_a_certificate_without_its_key_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / CERTIFICATE).write_bytes(in_memory().pem)
    with pytest.raises(AuthorityError, match="put its key beside it, or delete it"):
        in_folder(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "expected a private key and a certificate in PEM"),
        (in_memory().pem + in_memory().key, "the key is not the certificate's"),
    ],
)
def test_a_key_file_of_no_use_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / KEY).write_bytes(content)
    (tmp_path / CERTIFICATE).write_bytes(b"")
    with pytest.raises(AuthorityError, match=f"ca-key.pem is no certificate authority: {reason}"):
        in_folder(tmp_path)


def test_a_leaf_is_for_servers_and_short_lived_enough_for_macos() -> None:
    certificate = leaf(names_to_serve())
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life <= timedelta(days=825)
    now = datetime.fromtimestamp(NOON_UNIX, UTC)
    assert certificate.not_valid_before_utc < now - timedelta(days=30), "clocks may be set back"
    assert certificate.not_valid_after_utc > now + timedelta(days=365)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.SERVER_AUTH in usage


def test_the_leaf_is_for_wechats_hosts_and_this_machine() -> None:
    names = leaf(names_to_serve(["wechat", "10.0.0.7", "::", "not a name"]))
    names_in_it = names.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = names_in_it.get_values_for_type(x509.DNSName)
    assert {*WECHAT_HOSTS, "localhost", "wechat"} <= set(hosts)
    assert {"127.0.0.1", "::1", "10.0.0.7"} <= {
        str(address) for address in names_in_it.get_values_for_type(x509.IPAddress)
    }
    assert "not a name" not in hosts


def test_a_fingerprint_is_what_openssl_prints() -> None:
    pem = in_memory().pem
    expected = x509.load_pem_x509_certificate(pem)
    assert fingerprint(pem).replace(":", "").lower() == expected.fingerprint(SHA256()).hex()
    assert ssl.PEM_cert_to_DER_cert(pem.decode())
