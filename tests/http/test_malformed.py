"""What is not proper HTTP: a short answer or a closed door, never a 5xx or a traceback."""

from __future__ import annotations

import re
from gzip import compress

import pytest

from emulator.core.call import REASON_PHRASES
from tests.support import Harness, request

GET = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /sns/jscode2session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n\r\n%s"
CONTROL = b"POST /_emulator/v1/wx/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n\r\n%s"
STABLE = CONTROL.replace(b"/_emulator/v1/wx/login", b"/cgi-bin/stable_token")
JSON = b"Content-Type: application/json\r\nContent-Length: %d"

# What is sent, and the status that comes back; None is a closed connection.
REQUESTS: dict[str, tuple[bytes, int | None]] = {
    "garbage": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "words": (b"hello there\r\n\r\n", 400),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2p1\r\n", 400),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /sns/jscode2session\r\n\r\n", 200),
    "empty lines first": (b"\r\n\r\n" + GET % b"/sns/jscode2session", 200),
    "no Host": (b"GET /sns/jscode2session HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    "no Host in 1.0": (b"GET /sns/jscode2session HTTP/1.0\r\n\r\n", 200),
    "huge header": (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", 400),
    "many headers": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: x\r\n" * 10_000 + b"\r\n", 400),
    "long URL": (GET % (b"/sns/jscode2session?appid=" + b"w" * 100_000), 400),
    "long but fair URL": (GET % (b"/sns/jscode2session?appid=" + b"w" * 4_000), 200),
    "blank in a header's name": (b"GET / HTTP/1.1\r\nHost: x\r\nA B: x\r\n\r\n", 400),
    "bare LF": (b"GET / HTTP/1.1\nHost: x\nConnection: close\n\n", 400),
    "NUL in the path": (GET % b"/sns/\x00", 400),
    "NUL in a header": (b"GET / HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n", 400),
    "NUL, escaped": (GET % b"/sns/jscode2session?appid=%00", 200),
    "bad escapes": (GET % b"/sns/jscode2session?appid=%zz%&secret=%e4%b8", 200),
    "bad escapes in the path": (GET % b"/sns/%zz%", 200),
    "raw UTF-8": (GET % "/sns/jscode2session?appid=小艾".encode(), 400),
    "bytes that are no UTF-8": (GET % b"/sns/jscode2session?appid=\xff\xfe&%41\xff=\xff", 400),
    "bytes that are no UTF-8 in the path": (GET % b"/sns/\xff", 400),
    "bytes that are no UTF-8 in a control path": (GET % b"/_emulator/v1/users/\xff", 400),
    "dots in the path": (GET % b"/sns/../../etc/passwd", 200),
    "absolute form": (GET % b"http://api.weixin.qq.com/sns/jscode2session", 200),
    "absolute form without a path": (GET % b"http://api.weixin.qq.com", 200),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
    "CONNECT": (b"CONNECT api.weixin.qq.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "unknown method": (b"BREW /sns/jscode2session HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "Upgrade": (request("/sns/jscode2session", "GET", "Upgrade: h2c"), 200),
    "WebSocket": (request("/", "GET", "Upgrade: websocket", "Sec-WebSocket-Key: x"), 200),
    "bad chunk": (POST % (b"Transfer-Encoding: chunked", b"zz\r\nabc\r\n0\r\n\r\n"), 400),
    "bad chunk to the control API": (
        CONTROL % (b"Content-Type: application/json\r\nTransfer-Encoding: chunked", b"zz\r\n"),
        400,
    ),
    "bad Content-Length": (POST % (b"Content-Length: many", b""), 400),
    "negative Content-Length": (POST % (b"Content-Length: -1", b""), 400),
    "length and chunks": (
        POST % (b"Content-Length: 3\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
        400,
    ),
    "two lengths": (POST % (b"Content-Length: 1\r\nContent-Length: 2", b"ab"), 400),
    "unknown coding": (POST % (b"Transfer-Encoding: gzip", b"x"), 400),
    "compressed body": (POST % (b"Content-Encoding: gzip\r\nContent-Length: 3", b"abc"), 200),
    "unknown compression": (POST % (b"Content-Encoding: br\r\nContent-Length: 3", b"abc"), 200),
    "body with a GET": (request("/sns/jscode2session", body=b"appid=1"), 200),
    "deep JSON": (CONTROL % (JSON % 200_000, b"[" * 200_000), 422),
    "deep JSON to WeChat": (STABLE % (JSON % 200_000, b"[" * 200_000), 200),
    "deep JSON objects to WeChat": (STABLE % (JSON % 500_000, b'{"a":' * 100_000), 200),
    "JSON to WeChat that is no UTF-8": (STABLE % (JSON % 4, b'"\xff\xff"'), 200),
    "JSON that is no UTF-8": (CONTROL % (JSON % 4, b'"\xff\xff"'), 422),
    "half a surrogate": (CONTROL % (JSON % 18, rb'{"user": "\ud800"}'), 422),
    "a number past all numbers": (CONTROL % (JSON % 14, b'{"age": 1e999}'), 422),
    "a duration past all": (CONTROL % (JSON % 14, b'{"age": 1e300}'), 422),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_no_request_breaks_the_server(
    emulator: Harness, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    sent, status = REQUESTS[name]
    response = await emulator.send(sent)
    found = re.match(rb"HTTP/1.1 (\d{3}) ", response)
    assert (int(found[1]) if found else None) == status, response[:300]
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert b"errcode" in await emulator.send(GET % b"/sns/jscode2session")


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\n", POST % (JSON % 10, b"x")])
async def test_a_client_that_leaves_early_is_no_error(
    emulator: Harness, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    await emulator.send_and_leave(sent)
    assert b"errcode" in await emulator.send(GET % b"/sns/jscode2session")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_what_is_no_http_is_told_so_in_a_line(emulator: Harness) -> None:
    response = await emulator.send(b"hello there\r\n\r\n")
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"Connection: close" in head
    assert body.startswith(b"400 Bad Request: ")
    assert body.count(b"\n") == 1


async def test_a_client_that_waits_for_100_continue_is_told_to_go_on(emulator: Harness) -> None:
    head = POST % (b"Expect: 100-continue\r\nContent-Length: 2", b"")
    response = await emulator.send(head, b"{}")
    assert response.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


async def test_a_body_past_the_limit_is_413(emulator: Harness) -> None:
    head = CONTROL % (JSON % 300_000_000, b"")
    assert await emulator.status_line(head) == b"HTTP/1.1 413 Request Entity Too Large"


async def test_who_asks_before_sending_too_much_is_not_told_to_go_on(emulator: Harness) -> None:
    head = CONTROL % (JSON % 300_000_000 + b"\r\nExpect: 100-continue", b"")
    assert await emulator.status_line(head) == b"HTTP/1.1 413 Request Entity Too Large"


async def test_a_packed_body_is_not_unpacked(emulator: Harness) -> None:
    body = compress(b'{"appid": "wx0123456789abcdef"}')
    head = b"Content-Encoding: gzip\r\nContent-Length: %d" % len(body)
    assert b"the body is not a JSON object" in await emulator.send(STABLE % (head, body))


async def test_a_defect_is_logged_with_no_secret_in_it(
    emulator: Harness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulator.server.worlds, "get", None)
    assert b" 500 Internal Server Error\r\n" in await emulator.send(GET % b"/x?a=1&secret=hidden")
    assert "GET /x?a=1&secret=****" in caplog.text
    assert "hidden" not in caplog.text


@pytest.mark.parametrize("status", [413, 414, 416, 422])
def test_no_python_changes_a_reason_phrase(status: int) -> None:
    """Python 3.13 says "Content Too Large", for one."""
    nginx = "Request Entity Too Large, Request-URI Too Large, Requested Range Not Satisfiable"
    assert REASON_PHRASES[status] in (*nginx.split(", "), "Unprocessable Entity")


async def test_a_refused_client_may_be_gone_already(
    emulator: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: object) -> None:
        raise OSError(107, "Transport endpoint is not connected")

    monkeypatch.setattr("asyncio.selector_events._SelectorSocketTransport.write_eof", gone)
    assert (await emulator.send(b"hello there\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
