"""`content_type`: WeChat's answer under another name."""

from __future__ import annotations

import pytest

from tests.support import Harness, parted, request, scripted


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (True, b"Content-Type: application/json\r\n"),
        ("text/html; charset=gbk", b"Content-Type: text/html; charset=gbk\r\n"),
    ],
)
async def test_only_the_header_changes(emulator: Harness, written: object, sent: bytes) -> None:
    await emulator.rule({"content_type": written})
    head, body = parted(await emulator.send(request(scripted())))
    assert sent in head
    assert body.startswith(b'{"session_key":')


async def test_an_empty_one_sends_no_header(emulator: Harness) -> None:
    await emulator.rule({"content_type": ""})
    assert b"Content-Type" not in await emulator.send(request(scripted()))


async def test_a_dropped_connection_stays_one(emulator: Harness) -> None:
    await emulator.rule({"content_type": "a/b", "close": True})
    assert await emulator.send(request(scripted())) == b""
