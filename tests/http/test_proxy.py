"""The forward proxy: WeChat's hosts end here, in CONNECT and in absolute form; others do not."""

import asyncio
import contextlib
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable

import pytest

from emulator.tls import sniff
from emulator.world.tls_faults import TlsFault
from tests.process import AT_ONCE
from tests.support import (
    EXPIRED,
    Harness,
    StartEmulator,
    jscode2session,
    port_of,
    request,
    scripted,
)

HOST = "api.weixin.qq.com"


@pytest.fixture
async def proxied(start_emulator: StartEmulator) -> Harness:
    return await start_emulator(proxy_port=(0,))


async def dial(emulator: Harness) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port_of(emulator.server.proxies[0]))


async def exchange(emulator: Harness, *pieces: bytes) -> bytes:
    """What the proxy answers until it hangs up, to bytes that arrive piece by piece."""
    reader, writer = await dial(emulator)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await emulator.control("GET", "health")  # so the next piece is a packet of its own
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


def connect(target: str, *headers: str) -> bytes:
    return "\r\n".join([f"CONNECT {target} HTTP/1.1", f"Host: {target}", *headers, "", ""]).encode()


def basic(user: str) -> str:
    return "Proxy-Authorization: Basic " + b64encode(f"{user}:".encode()).decode()


async def tunnelled(
    emulator: Harness, *headers: str, target: str = jscode2session(js_code="x"), host: str = HOST
) -> bytes:
    """The answer to a call through CONNECT and TLS, checked against the emulator's CA."""
    reader, writer = await dial(emulator)
    writer.write(connect(f"{host}:443", *headers))
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 200 Connection established\r\n\r\n"
    context = ssl.create_default_context(cadata=emulator.server.certificate.decode())
    await writer.start_tls(context, server_hostname=host)
    writer.write(request(target))
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("host", ["api.weixin.qq.com", "open.weixin.qq.com", "API.weixin.qq.com"])
async def test_connect_ends_at_our_own_tls(host: str, proxied: Harness) -> None:
    answer = await tunnelled(proxied, host=host.lower())
    assert b'{"errcode":40029,' in answer
    [entry] = (await proxied.control("GET", "requests"))["requests"]
    assert entry["errcode"] == 40029


async def test_the_proxy_urls_user_names_the_world(proxied: Harness) -> None:
    code = await proxied.login("alice", world="checkout-3")
    assert b'"openid"' in await tunnelled(
        proxied, basic("checkout-3"), target=jscode2session(js_code=code)
    )
    target = "https://api.weixin.qq.com" + jscode2session(js_code=code)
    assert b"40163" in await exchange(proxied, request(target, "GET", basic("checkout-3")))


@pytest.mark.parametrize("credentials", ["Basic !", "Basic Og==", "Bearer x", ""])
async def test_credentials_that_name_no_world_do_no_harm(
    credentials: str, proxied: Harness
) -> None:
    answer = await tunnelled(proxied, f"Proxy-Authorization: {credentials}", target="/livez")
    assert answer.endswith(b"ok\n")
    assert await proxied.control("GET", "worlds") == {"worlds": ["default"]}


async def test_a_world_that_cannot_be_is_refused_like_everywhere(proxied: Harness) -> None:
    answer = await tunnelled(proxied, basic("no/such"))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"No such world" in answer


async def test_a_scripted_reset_or_close_goes_through_as_what_it_is(proxied: Harness) -> None:
    with pytest.raises(ConnectionResetError):
        await tunnelled(proxied, target=scripted("reset"))
    assert await tunnelled(proxied, target=scripted("close")) == b""


@pytest.mark.parametrize(
    "pieces",
    [
        (connect(f"{HOST}:80"), request(scripted("reset"))),
        (request(f"http://{HOST}{scripted('reset')}"),),
    ],
)
async def test_so_does_a_reset_without_tls(pieces: tuple[bytes, ...], proxied: Harness) -> None:
    with pytest.raises(ConnectionResetError):
        await exchange(proxied, *pieces)


async def test_connect_to_port_80_is_plain_http(proxied: Harness) -> None:
    answer = await exchange(proxied, connect(f"{HOST}:80"), request("/livez"))
    assert answer.endswith(b"\r\n\r\nok\n")


async def test_a_client_that_does_not_wait_for_the_200_loses_nothing(proxied: Harness) -> None:
    """The ClientHello may come in one packet with CONNECT."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cadata=proxied.server.certificate.decode())
    tls = context.wrap_bio(incoming, outgoing, server_hostname=HOST)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    reader, writer = await dial(proxied)
    writer.write(connect(f"{HOST}:443") + outgoing.read())
    assert await reader.readuntil(b"\r\n\r\n")
    incoming.write(await reader.read(65536))
    tls.do_handshake()
    writer.write(outgoing.read())
    tls.write(request("/livez"))
    writer.write(outgoing.read())
    incoming.write(await reader.read())
    assert tls.read().endswith(b"ok\n")
    writer.close()


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_the_absolute_form_is_answered(scheme: str, proxied: Harness) -> None:
    """axios sent https in clear text to its proxy until 2026."""
    answer = await exchange(proxied, request(f"{scheme}://{HOST}{jscode2session(js_code='x')}"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'{"errcode":40029,' in answer


async def test_several_absolute_requests_share_a_connection(proxied: Harness) -> None:
    last = request(f"http://{HOST}/livez")
    kept = last.replace(b"Connection: close\r\n", b"")
    assert (await exchange(proxied, kept, kept, last)).count(b"ok\n") == 3


async def test_the_proxy_port_answers_plain_requests_too(proxied: Harness) -> None:
    assert (await exchange(proxied, request("/livez"))).endswith(b"ok\n")


@pytest.mark.parametrize(
    "asked",
    [
        connect("example.com:443"),
        connect("localhost:8481"),
        connect("[::1]:443"),
        connect("api.weixin.qq.com.evil.example:443"),
        request("http://example.com/"),
        request("http://api.weixin.qq.com@example.com/"),
    ],
)
async def test_any_other_host_is_refused_with_the_ways_out(
    asked: bytes, proxied: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await exchange(proxied, asked)
    assert answer.startswith(b"HTTP/1.1 403 ")
    for text in (answer.decode(), capsys.readouterr().err):
        assert "leads to WeChat's hosts only" in text
        assert "NO_PROXY" in text
        assert "--proxy-allow" in text


async def test_a_second_request_to_another_host_is_refused_as_the_first_would_be(
    proxied: Harness,
) -> None:
    kept = request(f"http://{HOST}/livez").replace(b"Connection: close\r\n", b"")
    answer = await exchange(proxied, kept, request("http://example.com/livez"))
    assert b"ok\n" in answer
    assert b"HTTP/1.1 403 " in answer


async def test_another_port_of_wechats_is_refused(proxied: Harness) -> None:
    assert b"ports 443 and 80 only" in await exchange(proxied, connect(f"{HOST}:8080"))


async def test_a_refusal_says_why_in_its_status_line(proxied: Harness) -> None:
    """Of a CONNECT that failed, requests, httpx and curl show the status line at most."""
    line = (await exchange(proxied, connect("example.com:443"))).partition(b"\r\n")[0]
    assert b"put example.com into NO_PROXY" in line


async def test_tls_to_the_proxy_port_is_closed_with_a_log_line(
    proxied: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await exchange(proxied, b"\x16\x03\x01\x02\x00\x01") == b""
    assert "its proxy URL has to begin with http://" in capsys.readouterr().err


async def test_a_head_in_pieces_is_put_together(proxied: Harness) -> None:
    head = connect(f"{HOST}:80")
    answer = await exchange(proxied, head[:3], head[3:20], head[20:] + request("/livez"))
    assert answer.endswith(b"ok\n")


async def test_a_head_without_end_is_refused(proxied: Harness) -> None:
    answer = await exchange(proxied, b"CONNECT x:443 HTTP/1.1\r\n" + b"A: b\r\n" * 3000)
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("sent", [b"", b"CONN", connect(f"{HOST}:443")])
async def test_who_stops_halfway_is_let_go(
    sent: bytes, start_emulator: StartEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sniff, "PATIENCE_SECONDS", 0.05)
    proxied = await start_emulator(proxy_port=(0,))
    reader, writer = await dial(proxied)
    writer.write(sent)
    async with asyncio.timeout(5):
        await reader.read()
    writer.close()


async def test_it_stops_at_once_whatever_is_open(
    start_emulator: StartEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sniff, "_GOODBYE_SECONDS", 60.0)
    monkeypatch.setattr(sniff, "PATIENCE_SECONDS", 60.0)
    async with asyncio.timeout(30):
        proxied = await start_emulator(proxy_port=(0,), proxy_allow=("127.0.0.1",))
        dialled = []
        for sent in (
            b"CONN",
            connect(f"{HOST}:443"),
            request(f"http://{HOST}/livez").replace(b"Connection: close\r\n", b""),
            connect(f"127.0.0.1:{proxied.port}"),
        ):
            reader, writer = await dial(proxied)
            writer.write(sent)
            if sent != b"CONN":
                await reader.readuntil(b"\r\n\r\n")
            dialled.append((reader, writer))
    async with asyncio.timeout(AT_ONCE):
        await proxied.server.stop()
        for reader, writer in dialled:
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
            writer.close()


async def test_a_worlds_tls_faults_hit_those_who_come_for_it(proxied: Harness) -> None:
    await proxied.login(world="broken")
    proxied.world("broken").tls = (TlsFault(fault="expired", times=1),)
    assert b"40029" in await tunnelled(proxied)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        await tunnelled(proxied, basic("broken"))
    assert caught.value.verify_code == EXPIRED
    assert b"40029" in await tunnelled(proxied, basic("broken"))


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def outside(serve: Serve) -> tuple[asyncio.Server, int]:
    """A server of somebody else's."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


async def test_an_allowed_host_gets_a_tunnel(start_emulator: StartEmulator) -> None:
    async def reverse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read())[::-1])  # only once the client has ended its half
        writer.close()

    proxied = await start_emulator(proxy_port=(0,), proxy_allow=("127.0.0.1", ".example.com"))
    server, port = await outside(reverse)
    reader, writer = await dial(proxied)
    writer.write(connect(f"127.0.0.1:{port}") + b"abc")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 200 Connection established\r\n\r\n"
    writer.write(b"d" * 1_000_000)
    writer.write_eof()
    assert await reader.read() == b"d" * 1_000_000 + b"cba"
    writer.close()
    server.close()


@pytest.mark.parametrize(
    ("allowed", "asked"),
    [
        ("LocalHost.", "localhost:1"),
        ("localhost", "LOCALHOST.:1"),
        ("::1", "[::1]:1"),
        ("[::1]", "[::1]:1"),
        ("*.LocalHost", "a.localhost:1"),
        (".localhost", "a.localhost:1"),
        ("localhost:1", "localhost:1"),
    ],
)
async def test_an_allowed_host_is_known_however_it_is_written(
    allowed: str, asked: str, start_emulator: StartEmulator
) -> None:
    proxied = await start_emulator(proxy_port=(0,), proxy_allow=(allowed,))
    assert (await exchange(proxied, connect(asked))).startswith(b"HTTP/1.1 502 cannot reach ")


async def test_a_host_allowed_with_a_port_is_allowed_on_no_other(
    start_emulator: StartEmulator,
) -> None:
    proxied = await start_emulator(proxy_port=(0,), proxy_allow=("localhost:1",))
    assert (await exchange(proxied, connect("localhost:2"))).startswith(b"HTTP/1.1 403 ")


async def test_an_allowed_host_that_is_away_is_a_502(start_emulator: StartEmulator) -> None:
    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...

    proxied = await start_emulator(proxy_port=(0,), proxy_allow=("127.0.0.1",))
    server, port = await outside(nothing)
    server.close()
    answer = await exchange(proxied, connect(f"127.0.0.1:{port}"))
    assert answer.startswith(b"HTTP/1.1 502 cannot reach 127.0.0.1 port ")


async def test_a_name_that_no_host_can_have_is_a_502(start_emulator: StartEmulator) -> None:
    proxied = await start_emulator(proxy_port=(0,), proxy_allow=(".example.com",))
    answer = await exchange(proxied, connect("a..example.com:443"))
    assert answer.startswith(b"HTTP/1.1 502 cannot reach a..example.com port 443: ")


async def test_a_port_past_all_is_not_taken_for_another(start_emulator: StartEmulator) -> None:
    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...

    proxied = await start_emulator(proxy_port=(0,), proxy_allow=("127.0.0.1",))
    server, port = await outside(nothing)
    for text in (str(port + 2**16), "1" + "0" * 5000):
        answer = await exchange(proxied, connect(f"127.0.0.1:{text}"))
        assert answer.startswith(b"HTTP/1.1 403 ")
    server.close()


async def test_plain_http_to_an_allowed_host_is_not_forwarded(
    start_emulator: StartEmulator,
) -> None:
    proxied = await start_emulator(proxy_port=(0,), proxy_allow=("example.com",))
    answer = await exchange(proxied, request("http://example.com/"))
    assert b"tunnels for https only: put example.com into NO_PROXY" in answer


async def test_health_names_the_proxy(proxied: Harness) -> None:
    assert (await proxied.control("GET", "health"))["proxies"] == proxied.server.proxies
