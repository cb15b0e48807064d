"""Everything beside WeChat's own paths and the control API."""

from __future__ import annotations

import pytest

from tests.support import Harness, request


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/", 200, b"not WeChat"),
        ("/livez", 200, b"ok\n"),
        ("/readyz", 200, b"ready\n"),
        ("/w/any/readyz", 200, b"ready\n"),
        ("/w/any", 200, b"not WeChat"),
        ("/favicon.ico", 404, b"404 Not Found\n"),
        ("/w", 404, b"404 Not Found\n"),
    ],
)
async def test_plain_paths(emulator: Harness, path: str, status: int, text: bytes) -> None:
    response = await emulator.send(request(path))
    assert response.startswith(b"HTTP/1.1 %d " % status)
    assert text in response


async def test_a_path_of_nobodys_is_in_the_journal_with_a_near_one(emulator: Harness) -> None:
    await emulator.send(request("/jscode2session"))
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["hint"] == ("nothing is at '/jscode2session'; did you mean '/sns/jscode2session'?")
    assert entry["answer"]["status"] == 404


async def test_the_health_paths_stay_out_of_the_journal(emulator: Harness) -> None:
    for path in ("/", "/livez", "/readyz"):
        await emulator.send(request(path))
    assert (await emulator.control("GET", "requests"))["requests"] == []


@pytest.mark.parametrize("path", ["/cgi-bin/nothing", "/wxa/nothing", "/CGI-BIN/token"])
async def test_an_unknown_path_is_40066_in_its_subsystems_form(
    emulator: Harness, path: str
) -> None:
    response = await emulator.send(request(path))
    assert b"Content-Type: application/json; encoding=utf-8\r\n" in response
    assert b'{"errcode":40066,"errmsg":"invalid url rid: ' in response


async def test_a_chunked_post_off_sns_is_412_with_an_empty_body(emulator: Harness) -> None:
    head = request("/cgi-bin/token", "POST", "Transfer-Encoding: chunked")
    response = await emulator.send(head, b"0\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 412 Precondition Failed\r\n")
    assert b"Content-Length: 0\r\n" in response
    emulator.behave(chunked_412=False)
    assert b"41002" in await emulator.send(head, b"0\r\n\r\n")


async def test_a_control_route_without_its_prefix_is_named(emulator: Harness) -> None:
    async with emulator.http.get(f"{emulator.url}/_emulator/clock") as answer:
        assert answer.status == 404
        assert answer.headers["X-Emulator-Hint"].endswith("did you mean '/_emulator/v1/clock'?")
