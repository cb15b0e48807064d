"""Everything beside WeChat's paths and the control API."""

from __future__ import annotations

import pytest

from tests.support import Emulator, request


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
async def test_plain_paths(emulator: Emulator, path: str, status: int, text: bytes) -> None:
    response = await emulator.send(request(path))
    assert response.startswith(b"HTTP/1.1 %d " % status)
    assert text in response


async def test_a_path_of_nobodys_is_in_the_journal_with_a_near_one(emulator: Emulator) -> None:
    await emulator.send(request("/jscode2session"))
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["hint"] == ("nothing is at '/jscode2session'; did you mean '/sns/jscode2session'?")
    assert entry["answer"]["status"] == 404


async def test_the_health_paths_stay_out_of_the_journal(emulator: Emulator) -> None:
    for path in ("/", "/livez", "/readyz"):
        await emulator.send(request(path))
    assert (await emulator.control("GET", "requests"))["requests"] == []
