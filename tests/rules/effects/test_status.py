"""`status`: what the gateway in front of WeChat answers."""

from __future__ import annotations

import pytest

from tests.support import Harness, parted, request, scripted


@pytest.mark.parametrize(("status", "phrase"), [(502, b"Bad Gateway"), (504, b"Gateway Timeout")])
async def test_a_gateway_error_is_a_page_of_html(
    emulator: Harness, status: int, phrase: bytes
) -> None:
    head, body = parted(await emulator.send(request(scripted(f"status-{status}"))))
    assert head.startswith(b"HTTP/1.1 %d %b\r\n" % (status, phrase))
    assert b"Content-Type: text/html\r\n" in head
    assert body.startswith(b"<html>\r\n<head><title>%d %b</title>" % (status, phrase))
    assert b"Content-Length: %d\r\n" % len(body) in head


async def test_412_is_empty_and_has_no_content_type(emulator: Harness) -> None:
    head, body = parted(await emulator.send(request(scripted("status-412"))))
    assert head.startswith(b"HTTP/1.1 412 Precondition Failed\r\n")
    assert b"Content-Length: 0" in head
    assert b"Content-Type" not in head
    assert body == b""


async def test_the_body_and_its_type_may_be_given(emulator: Harness) -> None:
    page = {"status": 503, "body": "later", "content_type": "text/plain"}
    await emulator.rule({"status": page})
    head, body = parted(await emulator.send(request(scripted())))
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"Content-Type: text/plain\r\n" in head
    assert body == b"later"


async def test_the_code_is_not_spent(emulator: Harness) -> None:
    code = await emulator.login()
    await emulator.rule({"status": 502}, times=1)
    async with emulator.http.get(emulator.url + scripted()) as response:
        assert response.status == 502
    assert "openid" in await emulator.exchange(code)


@pytest.mark.parametrize("wrong", [100, 600, "502", True])
async def test_what_is_no_status_is_refused(emulator: Harness, wrong: object) -> None:
    rule = {"on": "*", "then": {"status": wrong}}
    assert (await emulator.call_control("POST", "rules", rule))[0] == 422


@pytest.mark.parametrize("status", [204, 304])
async def test_where_http_has_no_body_none_may_be_given(emulator: Harness, status: int) -> None:
    rule = {"on": "*", "then": {"status": {"status": status, "body": "x"}}}
    code, problem = await emulator.call_control("POST", "rules", rule)
    assert (code, "expected no body" in problem["detail"]) == (422, True)
    await emulator.rule({"status": status})
    head, body = parted(await emulator.send(request(scripted())))
    assert (head.split()[1], body) == (str(status).encode(), b"")


async def test_a_header_cannot_be_forged_through_the_content_type(emulator: Harness) -> None:
    page = {"status": 502, "content_type": "text/html\r\nX-Evil: 1"}
    rule = {"on": "*", "then": {"status": page}}
    assert (await emulator.call_control("POST", "rules", rule))[0] == 422
