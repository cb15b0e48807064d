"""`wechat-emulator certificate`: PEM on stdout, everything else on stderr."""

import ssl
from pathlib import Path

import pytest
import trustme

from emulator.tls.pem import fingerprint, holds
from tests.reach.support import EMULATOR, clean, need, run
from tests.support import Harness, StartEmulator


def test_it_prints_the_folders_certificate_and_nothing_else(tmp_path: Path) -> None:
    done = run(*EMULATOR, "certificate", "--ca-dir", tmp_path)
    pem = (tmp_path / "ca.pem").read_bytes()
    assert done.stdout.encode() == pem
    assert f"SHA-256 fingerprint: {fingerprint(pem)}" in done.stderr
    assert "--write DIR" in done.stderr


def test_it_writes_files_and_prints_the_variables_for_them(tmp_path: Path) -> None:
    need("keytool")
    done = run(*EMULATOR, "certificate", "--ca-dir", tmp_path / "ca", "--write", tmp_path / "out")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert f"export {name}={tmp_path}/out/" in done.stderr
    store = tmp_path / "out/truststore.p12"
    assert f"-Djavax.net.ssl.trustStore={store}" in done.stderr
    listed = run("keytool", "-list", "-keystore", store, "-storepass", "")
    assert fingerprint((tmp_path / "ca/ca.pem").read_bytes()) in listed.stdout


def own_ca(folder: Path) -> None:
    """An authority that somebody made with other tools, in a folder of its own."""
    folder.mkdir()
    own = trustme.CA(organization_name="my own")
    (folder / "ca.pem").write_bytes(own.cert_pem.bytes())
    (folder / "ca-key.pem").write_bytes(own.private_key_pem.bytes())


def test_what_it_wrote_for_this_ca_or_an_emulators_is_replaced(tmp_path: Path) -> None:
    own_ca(tmp_path / "own")
    for ca in ("old", "new", "own", "own"):
        command = ("certificate", "--ca-dir", tmp_path / ca, "--write", tmp_path / "out")
        assert run(*EMULATOR, *command).returncode == 0
    own = (tmp_path / "own/ca.pem").read_bytes()
    assert (tmp_path / "out/ca.pem").read_bytes() == own
    assert (tmp_path / "out/bundle.pem").read_bytes().endswith(own)
    assert holds((tmp_path / "out/truststore.p12").read_bytes(), own)


@pytest.mark.parametrize(
    "name", ["ca.pem", "bundle.pem", "truststore.p12", "php/wechat-emulator.ini"]
)
def test_a_file_of_somebody_elses_is_named_and_kept(name: str, tmp_path: Path) -> None:
    (tmp_path / "php").mkdir()
    file = tmp_path / name
    file.write_bytes(foreign := trustme.CA().cert_pem.bytes())
    done = run(*EMULATOR, "certificate", "--ca-dir", tmp_path / "ca", "--write", tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith(
        f"wechat-emulator: --write: cannot write {file}: "
        "what it holds is not ours to replace; delete it, or choose another place\n"
    )
    assert file.read_bytes() == foreign


def test_a_folder_of_no_use_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "ca-key.pem").write_text("nonsense")
    done = run(*EMULATOR, "certificate", "--ca-dir", tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "expected a private key and a certificate in PEM" in done.stderr


def test_nobody_to_ask_is_a_line() -> None:
    done = run(*EMULATOR, "certificate", "--url", "http://127.0.0.1:1")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "name the CA's folder with --ca-dir" in done.stderr


async def test_it_asks_the_running_emulator(start_emulator: StartEmulator) -> None:
    import asyncio

    emulator: Harness = await start_emulator(tls_port=(0,))
    command = [*EMULATOR, "certificate", "--url", emulator.url]
    done = await asyncio.to_thread(run, *command, env=clean())
    assert done.stdout.encode() == emulator.server.certificate
    ssl.create_default_context(cadata=done.stdout)
