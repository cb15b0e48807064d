"""Who may drive the emulator: programs may, web pages and rebound names may not."""

from __future__ import annotations

import asyncio
import socket

import pytest

from emulator.control import PREFIX
from tests.support import Harness, StartEmulator

HOSTS = [
    ("127.0.0.1:8480", 200),
    ("192.168.1.5", 200),
    ("[::1]:8480", 200),
    ("[fe80::1%25eth0]", 200),
    ("localhost", 200),
    ("LOCALHOST:1", 200),
    ("wechat", 200),
    ("wechat-emulator:8480", 200),
    ("checkout.localhost", 200),
    ("LocalHost.", 200),
    ("wechat.default.svc.cluster.local:8480", 200),
    ("Wechat.Default.SVC.cluster.local.", 200),
    ("mac.local", 421),
    ("cluster.local", 421),
    ("svc.cluster.local", 421),
    ("host.docker.internal", 200),
    ("api.weixin.qq.com", 200),
    ("open.weixin.qq.com:443", 200),
    (socket.gethostname(), 200),
    ("emulator.example.com", 200),  # allowed below, as are these
    ("EMULATOR.example.com.:8480", 200),
    ("a.preview.example.com", 200),
    ("a.b.Preview.Example.com:8480", 200),
    ("preview.example.com", 421),
    ("badpreview.example.com", 421),
    ("..", 421),
    ("evil.com", 421),
    ("evil.com:8480", 421),
    ("127.0.0.1.evil.com", 421),
    ("localhost.evil.com", 421),
    ("api.weixin.qq.com.evil.com", 421),
    ("evil.com\xff", 421),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
async def test_host(start_emulator: StartEmulator, host: str, status: int) -> None:
    emulator = await start_emulator(
        allowed_hosts=("Emulator.Example.com:8480", "*.Preview.example.com.")
    )
    head = f"GET {PREFIX}health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    response = await emulator.send(head.encode("latin-1"))
    assert response.startswith(b"HTTP/1.1 %d " % status)


async def test_wechats_paths_answer_to_any_host(emulator: Harness) -> None:
    answer = await emulator.send(
        b"GET /sns/jscode2session HTTP/1.1\r\nHost: evil.com\r\nConnection: close\r\n\r\n"
    )
    assert b"41002" in answer


def own(emulator: Harness) -> str:
    return f"127.0.0.1:{emulator.port}"


PAGES = [
    ({"Origin": "http://evil.com"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://["}, 403),
    ({"Origin": ""}, 403),
    ({"Origin": "http://OWN.evil.com"}, 403),
    ({"Origin": "http://OWN"}, 200),
    ({"Origin": "http://LOCALHOST.:8480", "Host": "localhost:8480"}, 200),
    ({"Origin": "http://localhost:8481", "Host": "localhost:8480"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "http://OWN"}, 200),
    ({"Sec-Fetch-Site": "none"}, 200),
    ({}, 200),
]


@pytest.mark.parametrize(("headers", "status"), PAGES)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
async def test_foreign_pages_are_refused(
    emulator: Harness, method: str, headers: dict[str, str], status: int
) -> None:
    sent = {name: value.replace("OWN", own(emulator)) for name, value in headers.items()}
    url = f"{emulator.url}{PREFIX}reset"
    async with emulator.http.request(method, url, headers=sent, json={}) as response:
        allowed = 200 if method == "POST" else 405
        assert response.status == (allowed if status == 200 else status)
        assert not [name for name in response.headers if name.startswith("Access-Control")]


async def test_a_page_without_an_origin_is_foreign_where_no_host_is_named(
    emulator: Harness,
) -> None:
    head = b"GET %shealth HTTP/1.0\r\nOrigin: null\r\n\r\n" % PREFIX.encode()
    assert await emulator.status_line(head) == b"HTTP/1.1 403 Forbidden"


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"],
)
async def test_a_write_needs_a_type_no_form_can_send(emulator: Harness, content_type: str) -> None:
    status, problem = await emulator.call_control(
        "POST", "reset", json=None, data=b"{}", headers={"Content-Type": content_type}
    )
    assert status == 415
    came = f"you sent {content_type!r}" if content_type else "there was none"
    assert problem["detail"] == f"send the header 'Content-Type: application/json': {came}"


async def test_a_route_that_takes_several_types_names_them(emulator: Harness) -> None:
    _, problem = await emulator.call_control("PUT", "scenario", json=None, data=b"version: 1")
    assert problem["detail"].startswith(
        "send the header 'Content-Type: application/json' (or application/yaml, application/x-yaml,"
    )


async def test_a_charset_beside_the_type_is_welcome(emulator: Harness) -> None:
    status, _ = await emulator.call_control(
        "POST", "reset", json=None, data=b"{}", headers={"Content-Type": "Application/JSON; x=y"}
    )
    assert status == 200


TOKENS = [
    ("Bearer right", 200),
    ("bearer right", 200),
    ("BEARER  right", 200),
    ("Bearer Right", 401),
    ("Basic right", 401),
    ("Bearer wrong", 401),
    ("Bearer é", 401),
    ("right", 401),
    ("", 401),
]


@pytest.mark.parametrize(("sent", "status"), TOKENS)
async def test_a_control_token(start_emulator: StartEmulator, sent: str, status: int) -> None:
    emulator = await start_emulator(control_token="right")
    headers = {"Authorization": sent} if sent else {}
    url = f"{emulator.url}{PREFIX}health"
    async with emulator.http.get(url, headers=headers) as response:
        assert response.status == status
        assert response.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)
    for open_path in ("/livez", "/readyz", "/sns/jscode2session"):
        async with emulator.http.get(emulator.url + open_path) as response:
            assert response.status == 200


async def test_what_is_refused_has_no_effect(emulator: Harness) -> None:
    await emulator.login()
    headers = {"Origin": "http://evil.com"}
    await asyncio.gather(
        *(emulator.call_control("POST", "reset", headers=headers) for _ in range(3))
    )
    assert len((await emulator.control("GET", "state"))["entities"]["Code"]) == 1
