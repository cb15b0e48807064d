"""What the authority signs, what it can vouch for, and for how long."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emulator.core.hosts import WECHAT_HOSTS
from emulator.tls.authority import Authority, read
from emulator.tls.names import names_to_serve
from emulator.tls.pem import AuthorityError, fingerprint
from tests.reach.support import need, run
from tests.tls.support import NOW, YEAR, authority


def certificate(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem)


def names_in(leaf: bytes) -> set[str]:
    found = certificate(leaf).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = found.get_values_for_type(x509.DNSName)
    return {*hosts, *map(str, found.get_values_for_type(x509.IPAddress))}


def greets(ca: bytes, leaf: bytes, folder: Path, host: str) -> str:
    """Why a client that trusts the CA refuses the leaf of a host; empty if it does not."""
    (folder / "leaf.pem").write_bytes(leaf)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "leaf.pem")
    client = ssl.create_default_context(cadata=ca.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_hostname=host)
    theirs = server.wrap_bio(up, down, server_side=True)
    try:
        for side in (ours, theirs, ours):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return ""


def forged(signer: Authority, name: str) -> bytes:
    """A leaf as somebody could sign it who has the key but not our manners."""
    unbound = Authority(signer._key, signer._certificate)
    unbound.permits = lambda name: True  # type: ignore[method-assign]
    return unbound.leaf([name], NOW)


@pytest.mark.parametrize(
    "name",
    [
        *("api.weixin.qq.com", "mp.weixin.qq.com", "qq.com", "thirdwx.qlogo.cn", "localhost"),
        *("a.localhost", "127.84.0.1", "::1", "10.0.0.7", "172.31.0.1", "192.168.1.5", "fd00::1"),
        *("wechat.example.com", "a.preview.example.com", "203.0.113.7"),  # served, below
    ],
)
def test_its_signature_counts_for(name: str, tmp_path: Path) -> None:
    ours = authority("wechat.example.com", "*.preview.example.com", "203.0.113.7")
    assert ours.permits(name)
    assert greets(ours.pem, forged(ours, name), tmp_path, name) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("example.com", "qq.com.example.com", "badqq.com", "weixin.com"),
        *("8.8.8.8", "172.32.0.1", "203.0.113.8", "2001:db8::1"),
    ],
)
def test_its_signature_counts_not_for(name: str, tmp_path: Path) -> None:
    ours = authority("wechat.example.com", "203.0.113.7")
    assert not ours.permits(name)
    assert greets(ours.pem, forged(ours, name), tmp_path, name) == "permitted subtree violation"


def test_it_makes_no_further_authority() -> None:
    extensions = certificate(authority().pem).extensions
    limits = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (limits.critical, limits.value.ca, limits.value.path_length) == (True, True, 0)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.key_cert_sign) == (True, True)
    assert extensions.get_extension_for_class(x509.NameConstraints).critical


def test_it_lasts_ten_years_and_a_leaf_is_short_lived_enough_for_macos() -> None:
    ours = authority()
    now = datetime.fromtimestamp(NOW, UTC)
    for pem, longest, least in (
        (ours.pem, timedelta(days=3650), timedelta(days=3580)),
        (ours.leaf(names_to_serve(), NOW), timedelta(days=825), timedelta(days=365)),
    ):
        found = certificate(pem)
        assert found.not_valid_after_utc - found.not_valid_before_utc <= longest
        assert found.not_valid_before_utc < now - timedelta(days=30), "clocks may be set back"
        assert found.not_valid_after_utc > now + least


def test_renewed_it_is_trusted_by_those_who_trust_the_old_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    old = authority("wechat.example.com", now=NOW - YEAR)
    new = old.renewed(NOW)
    assert new.end - old.end == timedelta(seconds=YEAR)
    for trusted, signer in ((old, new), (new, old)):
        leaf = signer.leaf(["wechat.example.com"], NOW)
        assert greets(trusted.pem, leaf, tmp_path, "wechat.example.com") == ""
    assert new.constraints == old.constraints


def test_it_ends_soon_once_a_leaf_would_outlive_it() -> None:
    ours = authority()
    assert not ours.ends_soon(NOW + 7 * YEAR)
    assert ours.ends_soon(NOW + 9 * YEAR)


def test_openssl_finds_nothing_wrong(tmp_path: Path) -> None:
    need("openssl")
    ours = authority("wechat.example.com")
    (tmp_path / "ca.pem").write_bytes(ours.pem)
    (tmp_path / "leaf.pem").write_bytes(ours.leaf(names_to_serve(), NOW))
    strictly = ("-x509_strict", "-purpose", "sslserver", "-verify_hostname", "api.weixin.qq.com")
    files = ("-CAfile", tmp_path / "ca.pem", tmp_path / "leaf.pem")
    done = run("openssl", "verify", "-attime", str(int(NOW)), *strictly, *files)
    assert done.stdout == f"{tmp_path / 'leaf.pem'}: OK\n", done.stderr


def test_a_leaf_is_for_servers() -> None:
    leaf = certificate(authority().leaf(names_to_serve(), NOW))
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_leaf_is_for_wechats_hosts_this_machine_and_the_names_that_are_served() -> None:
    further = ("Wechat.:8481", "10.0.0.7", "[fd00::7]:443", "*.example.com", "::", "not a name")
    served = names_to_serve(further)
    names = names_in(authority(*further).leaf(served, NOW))
    assert {*WECHAT_HOSTS, "localhost", "127.0.0.1", "::1"} <= names
    assert {"wechat", "10.0.0.7", "fd00::7", "*.example.com"} <= names
    assert not {"::", "0.0.0.0", "not a name"} & names  # noqa: S104  # nobody's address


def test_a_leaf_leaves_out_what_its_authority_may_not_vouch_for() -> None:
    names = names_in(authority().leaf(["api.weixin.qq.com", "example.com"], NOW))
    assert names == {"api.weixin.qq.com"}
    with pytest.raises(AuthorityError, match="may vouch for no name that is served"):
        authority().leaf(["example.com"], NOW)


OwnKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def own_authority(key: OwnKey, *extensions: x509.ExtensionType) -> bytes:
    """Key and certificate of an authority that somebody made with other tools."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "my own")])
    now = datetime.fromtimestamp(NOW, UTC)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=99))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    signed = builder.sign(key, hashes.SHA256() if isinstance(key, rsa.RSAPrivateKey) else None)
    pem = serialization.Encoding.PEM
    text = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signed.public_bytes(pem) + text


@pytest.mark.parametrize("extensions", [(), (x509.SubjectKeyIdentifier(b"of its own"),)])
def test_an_authority_of_ones_own_signs_too(
    extensions: tuple[x509.ExtensionType, ...], tmp_path: Path
) -> None:
    own = read(own_authority(rsa.generate_private_key(65537, 2048), *extensions))
    assert own.constraints is None
    assert not own.is_from_emulator
    (tmp_path / "ca.pem").write_bytes(own.pem)
    (tmp_path / "leaf.pem").write_bytes(own.leaf(["example.com"], NOW))
    need("openssl")
    done = run(
        *("openssl", "verify", "-attime", str(int(NOW)), "-verify_hostname", "example.com"),
        *("-CAfile", tmp_path / "ca.pem", tmp_path / "leaf.pem"),
    )
    assert done.stdout.endswith(": OK\n"), done.stderr


def test_it_heeds_what_an_authority_of_ones_own_excludes() -> None:
    limits = x509.NameConstraints(None, [x509.DNSName("Open.weixin.qq.com")])
    own = read(own_authority(rsa.generate_private_key(65537, 2048), limits))
    assert own.permits("api.weixin.qq.com")
    assert not own.permits("open.weixin.qq.com")


def test_a_kind_of_key_that_clients_do_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an RSA or EC key"):
        read(own_authority(ed25519.Ed25519PrivateKey.generate()))


def test_a_fingerprint_is_what_openssl_prints() -> None:
    pem = authority().pem
    expected = certificate(pem).fingerprint(hashes.SHA256()).hex(":").upper()
    assert fingerprint(pem) == expected
    with pytest.raises(AuthorityError, match="expected a certificate in PEM"):
        fingerprint(b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")
