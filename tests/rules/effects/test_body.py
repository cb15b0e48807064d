"""`body`: any bytes under any content type."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Harness, parted, request, scripted

BODIES: list[tuple[Any, bytes, bytes]] = [
    # as written, the bytes, their content type
    ("", b"", b"text/plain"),
    (True, b"", b"text/plain"),
    ("<html>busy</html>", b"<html>busy</html>", b"text/html"),
    ({"text": "{", "content_type": "application/json"}, b"{", b"application/json"),
    ({"base64": "//4A", "content_type": "image/png"}, b"\xff\xfe\x00", b"image/png"),
    ("微信", "微信".encode(), b"text/plain"),
]


@pytest.mark.parametrize(("written", "sent", "content_type"), BODIES)
async def test_the_bytes_are_sent_as_given(
    emulator: Harness, written: Any, sent: bytes, content_type: bytes
) -> None:
    await emulator.rule({"body": written})
    head, body = parted(await emulator.send(request(scripted())))
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == sent
    assert b"Content-Type: %b\r\n" % content_type in head


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"text": "a", "base64": "YQ=="}, "then.body: expected either text or base64, got both"),
        ({"base64": "a"}, "then.body.base64: expected base64, got 'a'"),
        ({"content_type": "a\nb"}, "then.body.content_type: expected"),
        (1, "then.body: expected text, got 1"),
    ],
)
async def test_what_is_no_body_is_refused(emulator: Harness, wrong: Any, says: str) -> None:
    rule = {"on": "*", "then": {"body": wrong}}
    status, problem = await emulator.call_control("POST", "rules", rule)
    assert status == 422
    assert says in problem["detail"]
