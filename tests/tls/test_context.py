"""HTTPS for WeChat's host names, as clients of every kind see it."""

import asyncio
import re
import socket
import ssl
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from emulator.core.hosts import WECHAT_HOSTS
from emulator.core.settings import SettingsError
from emulator.http.sockets import AddressError
from emulator.tls import sniff
from emulator.tls.names import names_to_serve
from emulator.world.tls_faults import TlsFault
from tests.process import AT_ONCE
from tests.support import (
    EXPIRED,
    SELF_SIGNED,
    Harness,
    StartEmulator,
    jscode2session,
    port_of,
    request,
)
from tests.tls.support import NOW, YEAR, authority

HOST = "api.weixin.qq.com"


def trusting(emulator: Harness) -> ssl.SSLContext:
    """A client's context that trusts the emulator alone, as strictly as Python 3.13 does."""
    context = ssl.create_default_context(cadata=emulator.server.certificate.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def tls_port(emulator: Harness) -> int:
    [url] = [url for url in emulator.server.addresses if url.startswith("https://")]
    return port_of(url)


async def ask(
    emulator: Harness, host: str = HOST, *requests: bytes, context: ssl.SSLContext | None = None
) -> tuple[ssl.SSLObject, bytes]:
    """What comes back over TLS until the server hangs up."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", tls_port(emulator), ssl=context or trusting(emulator), server_hostname=host
    )
    writer.write(b"".join(requests) or request("/livez"))
    answer = await reader.read()
    connection: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.close()
    return connection, answer


@pytest.fixture
async def secured(start_emulator: StartEmulator) -> Harness:
    return await start_emulator(tls_port=(0,))


@pytest.mark.parametrize("host", [*WECHAT_HOSTS, "localhost", "127.0.0.1"])
async def test_it_answers_as(host: str, secured: Harness) -> None:
    _, answer = await ask(secured, host, request("/livez"))
    assert answer.endswith(b"\r\n\r\nok\n")


@pytest.mark.parametrize(
    ("version", "name"),
    [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")],
)
async def test_it_speaks(version: ssl.TLSVersion, name: str, secured: Harness) -> None:
    context = trusting(secured)
    context.minimum_version = context.maximum_version = version
    connection, _ = await ask(secured, context=context)
    assert connection.version() == name


async def test_a_client_that_would_like_http2_gets_http1(secured: Harness) -> None:
    context = trusting(secured)
    context.set_alpn_protocols(["h2", "http/1.1"])
    connection, answer = await ask(secured, context=context)
    assert connection.selected_alpn_protocol() == "http/1.1"
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_code_is_exchanged_over_tls_in_any_world(secured: Harness) -> None:
    code = await secured.login("alice", world="checkout-3")
    _, answer = await ask(secured, HOST, request("/w/checkout-3" + jscode2session(js_code=code)))
    assert b'"openid":"o' in answer
    [entry] = (await secured.control("GET", "requests", world="checkout-3"))["requests"]
    assert entry["user"] == "alice"


@pytest.mark.parametrize(
    ("host", "is_odd"),
    [
        ("wx", True),
        ("wx:443", True),
        ("API.weixin.qq.com:443", False),
        ("localhost", False),
        ("10.0.0.7", False),
        ("wechat:8481", False),
        ("wechat.test", False),
    ],
)
async def test_a_foreign_host_gets_its_answer_and_a_hint(
    start_emulator: StartEmulator, host: str, is_odd: bool
) -> None:
    emulator = await start_emulator(tls_port=(0,), allowed_hosts=("wechat.test",))
    target = jscode2session(js_code=await emulator.login())
    _, answer = await ask(emulator, HOST, request(target).replace(b"localhost", host.encode()))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b'"openid"' in answer
    assert (b"X-Emulator-Hint: the call came by TLS with the Host 'wx" in answer) == is_odd
    assert ((await emulator.latest())["hint"] is not None) == is_odd


async def test_a_hint_on_the_host_comes_after_that_on_the_call(secured: Harness) -> None:
    sent = request(jscode2session(js_code="x")).replace(b"localhost", b"wx")
    _, answer = await ask(secured, HOST, sent)
    assert b"get one with POST" in answer
    assert b"; the call came by TLS with the Host 'wx'" in answer


async def test_a_connection_is_used_again(secured: Harness) -> None:
    kept = request("/livez").replace(b"Connection: close\r\n", b"")
    _, answer = await ask(secured, HOST, kept, kept, request("/livez"))
    assert answer.count(b"ok\n") == 3


async def test_the_certificate_route_gives_what_clients_have_to_trust(secured: Harness) -> None:
    async with secured.http.get(f"{secured.url}/_emulator/v1/certificate") as response:
        pem = await response.text()
    ssl.create_default_context(cadata=pem)
    assert pem.encode() == secured.server.certificate


async def test_without_tls_the_certificate_route_says_how_to_get_it(emulator: Harness) -> None:
    status, problem = await emulator.call_control("GET", "certificate")
    assert status == 404
    assert "--tls-port 8481" in problem["detail"]


async def test_a_client_that_does_not_trust_us_is_told_what_to_do(
    secured: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await ask(secured, context=ssl.create_default_context())
    await logged(secured, capsys, "do not trust the certificate")


async def logged(emulator: Harness, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Wait until the log says so; each control call gives the server its turn."""
    log = ""
    async with asyncio.timeout(5):
        while text not in log:
            await emulator.control("GET", "health")
            log += capsys.readouterr().err


async def test_a_client_that_says_why_it_goes_is_quoted(
    secured: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    def dial() -> None:
        with socket.create_connection(("127.0.0.1", tls_port(secured))) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname=HOST)

    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.to_thread(dial)
    await logged(secured, capsys, "does not trust the certificate (TLSV1_ALERT_UNKNOWN_CA)")


async def test_a_client_with_an_old_tls_is_told_apart(
    secured: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    hello = bytes.fromhex("160301002f0100002b0301" + "00" * 32 + "000004002f00350100")
    reader, writer = await asyncio.open_connection("127.0.0.1", tls_port(secured))
    writer.write(hello)
    await reader.read()
    writer.close()
    await logged(secured, capsys, "found no way to speak TLS (")


async def test_a_handshake_that_never_ends_is_cut_off(
    start_emulator: StartEmulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sniff, "PATIENCE_SECONDS", 0.05)
    emulator = await start_emulator(tls_port=(0,))
    reader, writer = await asyncio.open_connection("127.0.0.1", tls_port(emulator))
    writer.write(b"\x16\x03\x01")
    assert await reader.read() == b""
    writer.close()
    await logged(emulator, capsys, "took too long over the TLS handshake")


async def test_plain_http_to_the_tls_port_is_told_so(
    secured: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tls_port(secured))
    writer.write(request("/livez"))
    answer = await reader.read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert f"Content-Length: {len(body)}".encode() in head
    writer.close()
    assert "speaks plain HTTP to a TLS port: use https://" in capsys.readouterr().err


async def test_a_proxy_request_to_the_tls_port_is_sent_to_the_proxy(
    secured: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tls_port(secured))
    writer.write(b"CONNECT api.weixin.qq.com:443 HTTP/1.1\r\n\r\n")
    await reader.read()
    writer.close()
    assert "to a TLS port: a proxy's place is --proxy-port" in capsys.readouterr().err


async def test_a_proxy_request_to_the_http_port_is_a_line_in_the_log(
    secured: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    await secured.send(b"CONNECT api.weixin.qq.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
    await secured.server.stop()
    assert "CONNECT belongs to the proxy port (--proxy-port)" in capsys.readouterr().err


async def test_tls_to_the_http_port_is_a_warning(
    secured: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    await secured.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert "speaks TLS to an HTTP port: use http://" in caplog.text


async def test_a_certificate_of_ones_own_is_shown(
    start_emulator: StartEmulator, tmp_path: Path
) -> None:
    own = authority()
    (tmp_path / "leaf.pem").write_bytes(own.leaf(names_to_serve(), NOW))
    emulator = await start_emulator(tls_port=(0,), tls_cert=str(tmp_path / "leaf.pem"))
    context = ssl.create_default_context(cadata=own.pem.decode())
    context.check_hostname = True
    _, answer = await ask(emulator, context=context)
    assert answer
    assert b"PRIVATE" not in emulator.server.certificate
    assert emulator.server.certificate.startswith(b"-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({}, "--tls-cert leaf.pem --tls-key leaf.pem: No such file or directory"),
        ({"leaf.pem": b"nothing"}, "expected the certificate .* and its private key"),
        ({"leaf.pem": authority().pem, "key.pem": authority().key}, "expected the certificate"),
    ],
)
async def test_a_bad_certificate_of_ones_own_is_named(
    files: dict[str, bytes],
    text: str,
    start_emulator: StartEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    key = "key.pem" if "key.pem" in files else ""
    with pytest.raises(SettingsError, match=text):
        await start_emulator(tls_port=(0,), tls_cert="leaf.pem", tls_key=key)


async def test_a_leaf_is_signed_anew_long_before_it_ends(secured: Harness) -> None:
    async def shown() -> x509.Certificate:
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        connection, _ = await ask(secured, context=anybody)
        return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")

    first = await shown()
    assert await shown() == first
    tls = secured.server._ports._tls
    assert tls is not None
    tls._contexts._signed_at -= 2 * YEAR  # as if the server had run for so long
    second = await shown()
    assert second.not_valid_after_utc - first.not_valid_after_utc >= timedelta(days=2 * 365)
    assert await shown() == second


async def test_without_a_writable_folder_the_ca_lives_in_memory(
    start_emulator: StartEmulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    emulator = await start_emulator(tls_port=(0,), ca_dir=str(tmp_path / "file/below"))
    _, answer = await ask(emulator)
    assert answer
    assert "the certificate authority lives in memory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "code"), [("expired", EXPIRED), ("self_signed", SELF_SIGNED), ("cut", None)]
)
async def test_a_handshake_fails_as_often_as_asked(
    fault: str, code: int | None, secured: Harness
) -> None:
    secured.world().tls = (TlsFault(fault=fault, times=2),)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises((ssl.SSLError, ConnectionError)) as caught:
            await ask(secured)
        assert getattr(caught.value, "verify_code", None) == code
    assert (await ask(secured))[1]


async def test_a_scenario_scripts_the_handshakes(start_emulator: StartEmulator) -> None:
    scenario = "{version: 1, tls: [{fault: cut, times: 1}, {fault: expired}]}"
    emulator = await start_emulator(tls_port=(0,), scenario_inline=scenario)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await ask(emulator)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        await ask(emulator)
    assert caught.value.verify_code == EXPIRED


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{fault: expierd}", "did you mean 'expired'"),
        ("{fault: cut, times: 0}", "tls[0].times"),
        ("{fault: cut, chance: 2}", "tls[0].chance"),
        ("{fault: cut, time: 1}", "did you mean 'times'"),
    ],
)
async def test_a_mistaken_fault_is_pointed_at(
    fault: str, said: str, start_emulator: StartEmulator
) -> None:
    with pytest.raises(Exception, match=re.escape(said)):
        await start_emulator(scenario_inline=f"{{version: 1, tls: [{fault}]}}")


async def test_by_chance_the_same_handshakes_fail_in_every_run(secured: Harness) -> None:
    secured.world().tls = (TlsFault(fault="cut", chance=0.5),)

    async def run() -> list[bool]:
        await secured.world().store.replace([], {})
        return [bool(await secured.server.worlds.get("default").tls_fault()) for _ in range(20)]  # type: ignore[union-attr]

    first = await run()
    assert first == await run()
    assert 4 < sum(first) < 16


async def test_it_stops_at_once_although_a_handshake_hangs(
    start_emulator: StartEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sniff, "_GOODBYE_SECONDS", 60.0)
    monkeypatch.setattr(sniff, "PATIENCE_SECONDS", 60.0)
    emulator = await start_emulator(tls_port=(0,))
    reader, writer = await asyncio.open_connection("127.0.0.1", tls_port(emulator))
    async with asyncio.timeout(AT_ONCE):
        await emulator.server.stop()
        assert await reader.read() == b""
    writer.close()


def taken_port() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


async def test_a_taken_tls_port_ends_the_start(start_emulator: StartEmulator) -> None:
    with taken_port() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressError, match=f"port {port}: something listens there already"):
            await start_emulator(tls_port=(port,))


async def test_with_lenient_ports_only_the_first_has_to_be_free(
    start_emulator: StartEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    with taken_port() as taken:
        port = taken.getsockname()[1]
        emulator = await start_emulator(port=(0, port), tls_port=(port, 0), lenient_ports=True)
        assert [url.partition(":")[0] for url in emulator.server.addresses] == ["http", "https"]
        assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err
        with pytest.raises(AddressError):
            await start_emulator(port=(port,), lenient_ports=True)


def test_nothing_of_tls_is_imported_until_it_is_asked_for() -> None:
    program = """
import asyncio, sys
from emulator.http.server import Server
from emulator.core.settings import Settings
async def main():
    server = Server(Settings(port=(0,)))
    await server.start()
    await server.stop()
asyncio.run(main())
print({"cryptography", "emulator.tls.context", "emulator.http.proxy"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")
