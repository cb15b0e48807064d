"""The CA on disk: made once, agreed upon, never half written, kept, and renewed in time."""

from __future__ import annotations

import os
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from emulator.tls import ca_folder
from emulator.tls.authority import Authority
from emulator.tls.ca_folder import KEY
from emulator.tls.names import names_to_serve
from emulator.tls.pem import CERTIFICATE, ORGANIZATION, AuthorityError
from tests.tls.support import NOW, YEAR, authority


def in_folder(
    folder: Path, *further: str, now: float = NOW, told: list[str] | None = None
) -> Authority:
    tell = (told if told is not None else []).append
    return ca_folder.in_folder(folder, names_to_serve(further), now, tell)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_the_folder_is_made_and_holds_the_certificate_for_all_and_the_key_for_its_owner(
    umask: int, tmp_path: Path
) -> None:
    before = os.umask(umask)
    try:
        made = in_folder(tmp_path / "made/here")
    finally:
        os.umask(before)
    certificate, key = tmp_path / "made/here" / CERTIFICATE, tmp_path / "made/here" / KEY
    assert certificate.read_bytes() == made.pem
    assert stat.S_IMODE(certificate.stat().st_mode) == 0o644
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_next_start_finds_the_same_authority(tmp_path: Path) -> None:
    assert in_folder(tmp_path).pem == in_folder(tmp_path, now=NOW + YEAR).pem


def test_those_who_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = {made.pem for made in pool.map(in_folder, [tmp_path] * 8)}
    assert found == {(tmp_path / CERTIFICATE).read_bytes()}
    assert sorted(os.listdir(tmp_path)) == [KEY, CERTIFICATE], "a draft was left behind"


def test_a_certificate_that_was_lost_is_written_again(tmp_path: Path) -> None:
    pem = in_folder(tmp_path).pem
    (tmp_path / CERTIFICATE).unlink()
    assert in_folder(tmp_path).pem == (tmp_path / CERTIFICATE).read_bytes() == pem


def test_an_authority_of_ones_own_is_taken_and_left_as_it_is(tmp_path: Path) -> None:
    own, told = trustme.CA(organization_name="my own"), list[str]()
    pem = own.cert_pem.bytes()
    written = b"# mine\r\n" + pem.replace(b"\n", b"\r\n")
    (tmp_path / CERTIFICATE).write_bytes(written)
    (tmp_path / KEY).write_bytes(own.private_key_pem.bytes())
    assert in_folder(tmp_path, told=told).pem == pem
    assert (tmp_path / CERTIFICATE).read_bytes() == written
    assert told == []


def test_a_certificate_of_somebody_elses_is_not_overwritten(tmp_path: Path) -> None:
    in_folder(tmp_path)
    foreign = trustme.CA().cert_pem.bytes()
    (tmp_path / CERTIFICATE).write_bytes(foreign)
    with pytest.raises(AuthorityError, match=f"{CERTIFICATE} is not what {KEY} belongs to: what"):
        in_folder(tmp_path)
    assert (tmp_path / CERTIFICATE).read_bytes() == foreign


def test_an_older_certificate_of_an_emulators_makes_way(tmp_path: Path) -> None:
    pem = in_folder(tmp_path).pem
    (tmp_path / CERTIFICATE).write_bytes(authority().pem)
    assert in_folder(tmp_path).pem == (tmp_path / CERTIFICATE).read_bytes() == pem


def test_a_certificate_without_its_key_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / CERTIFICATE).write_bytes(authority().pem)
    with pytest.raises(AuthorityError, match="put its key beside it, or delete it"):
        in_folder(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "expected a private key and a certificate in PEM"),
        (authority().pem + authority().key, "the key is not the certificate's"),
    ],
)
def test_a_key_file_of_no_use_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / KEY).write_bytes(content)
    (tmp_path / CERTIFICATE).write_bytes(b"")
    with pytest.raises(AuthorityError, match=f"ca-key.pem is no certificate authority: {reason}"):
        in_folder(tmp_path)


def test_it_is_renewed_before_a_leaf_would_outlive_it(tmp_path: Path) -> None:
    old = in_folder(tmp_path)
    new = in_folder(tmp_path, now=NOW + 9 * YEAR)
    assert new.pem != old.pem
    assert new.key == old.key
    assert (tmp_path / CERTIFICATE).read_bytes() == new.pem
    assert in_folder(tmp_path, now=NOW + 9 * YEAR).pem == new.pem


def linked_from(folder: Path, kept: Path) -> None:
    """As a secret is mounted in Kubernetes: links, which we write to as little as to its files."""
    for name in (CERTIFICATE, KEY):
        (folder / name).symlink_to(kept / name)


def test_where_it_cannot_be_renewed_its_end_is_told(tmp_path: Path) -> None:
    (tmp_path / "mounted").mkdir()
    old = in_folder(tmp_path / "kept")
    linked_from(tmp_path / "mounted", tmp_path / "kept")
    told: list[str] = []
    assert in_folder(tmp_path / "mounted", now=NOW + 9 * YEAR, told=told).pem == old.pem
    assert told == []
    in_folder(tmp_path / "mounted", now=NOW + 11 * YEAR, told=told)
    assert f"its certificate authority ended on {old.end:%Y-%m-%d}: delete ca.pem" in told[0]


def test_an_older_versions_authority_is_kept_and_told_of(tmp_path: Path) -> None:
    older = trustme.CA(organization_name=ORGANIZATION)
    text = older.private_key_pem.bytes() + older.cert_pem.bytes()
    (tmp_path / KEY).write_bytes(text)
    told: list[str] = []
    assert in_folder(tmp_path, "example.com", told=told).pem == older.cert_pem.bytes()
    assert (tmp_path / KEY).read_bytes() == text
    assert told == [
        f"--ca-dir {tmp_path}: its certificate authority is an older version's: whoever reads its "
        "key can be any host. For one that can be WeChat and this machine only, delete ca.pem and "
        "ca-key.pem, start again, and let clients trust the new one"
    ]


def test_a_name_that_a_kept_authority_does_not_cover_is_told_of(tmp_path: Path) -> None:
    in_folder(tmp_path, "old.example.com")
    told: list[str] = []
    in_folder(tmp_path, "old.example.com", "new.example.com", "203.0.113.7", told=told)
    assert told == [
        f"--ca-dir {tmp_path}: its certificate authority may not vouch for new.example.com, "
        "203.0.113.7, which is left out: delete ca.pem and ca-key.pem, start again, and let "
        "clients trust the new one"
    ]


def test_a_new_name_of_the_machine_is_nothing_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_folder(tmp_path)
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    told: list[str] = []
    assert not in_folder(tmp_path, told=told).permits("another")
    assert told == []
