"""`getwxacode`, `getwxacodeunlimit` and `createwxaqrcode`: a picture, or JSON where it fails."""

from __future__ import annotations

from struct import unpack
from typing import Any

import pytest
from msgspec import json

from tests.support import APPID, NOON_RID, SECRET, Harness

CODE = "/wxa/getwxacode"
UNLIMIT = "/wxa/getwxacodeunlimit"
QRCODE = "/cgi-bin/wxaapp/createwxaqrcode"
PNG = b"\x89PNG\r\n\x1a\n"
PAGES = ["pages/index/index", "pages/goods/detail"]


async def ask(emulator: Harness, path: str, body: Any) -> tuple[str, bytes]:
    """The content type and the body of the answer."""
    url = f"{emulator.url}{path}?access_token={await emulator.fetch_token()}"
    data = body if isinstance(body, bytes) else json.encode(body)
    async with emulator.http.post(url, data=data) as response:
        assert response.status == 200
        return response.headers["Content-Type"], await response.read()


async def errcode(emulator: Harness, path: str, body: Any) -> int:
    kind, answer = await ask(emulator, path, body)
    assert kind == "application/json; encoding=utf-8"
    return int(json.decode(answer)["errcode"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CODE, {"path": "pages/index/index?x=1"}),
        (QRCODE, {"path": "pages/index/index"}),
        (UNLIMIT, {"scene": "id=1", "page": "pages/index/index"}),
        (UNLIMIT, {"scene": "id=1"}),
    ],
)
async def test_a_success_is_a_png_and_no_json(
    emulator: Harness, path: str, body: dict[str, Any]
) -> None:
    kind, png = await ask(emulator, path, body)
    assert (kind, png[:8], unpack(">II", png[16:24])) == ("image/png", PNG, (430, 430))
    _, other = await ask(emulator, path, body | {"env_version": "trial", "width": 5000})
    assert unpack(">II", other[16:24]) == (1280, 1280)
    assert (await emulator.latest())["errcode"] is None


@pytest.mark.parametrize(
    ("path", "body", "refused"),
    [
        (CODE, {"scene": "x"}, 40159),
        (CODE, {"path": ""}, 40159),
        (CODE, {"path": "x" * 1025}, 40159),
        (QRCODE, {"path": "x" * 129}, 40159),
        (CODE, b"path=x", 40159),
        (CODE, b"", 44002),
        (CODE, {"path": "pages/index/index?scancode_time=1"}, 85096),
        (CODE, {"path": "pages/index/index", "env_version": "beta"}, 40097),
        (UNLIMIT, {}, 40169),
        (UNLIMIT, {"scene": 7}, 40169),
        (UNLIMIT, {"scene": "x" * 33}, 40169),
        (UNLIMIT, b"{", 40169),
        (UNLIMIT, {"scene": "id=%31"}, 40129),
        (UNLIMIT, {"scene": "编号=1"}, 40129),
        (UNLIMIT, {"scene": "x", "page": "/pages/index/index"}, 41030),
        (UNLIMIT, {"scene": "x", "page": "pages/index/index?a=1"}, 41030),
    ],
)
async def test_a_failure_is_json(emulator: Harness, path: str, body: Any, refused: int) -> None:
    assert await errcode(emulator, path, body) == refused


async def test_a_page_that_was_not_published_is_41030(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET, "pages": PAGES})
    body = {"scene": "x", "page": "pages/good/detail"}
    _, answer = await ask(emulator, UNLIMIT, body)
    assert answer.startswith(f'{{"errcode":41030,"errmsg":"invalid page rid: {NOON_RID}-'.encode())
    assert "did you mean 'pages/goods/detail'?" in (await emulator.latest())["hint"]
    assert await errcode(emulator, CODE, {"path": "pages/none?x=1"}) == 41030
    kind, _ = await ask(emulator, UNLIMIT, body | {"check_path": False})
    assert kind == "image/png"
    kind, _ = await ask(emulator, CODE, {"path": "pages/goods/detail?id=1"})
    assert kind == "image/png"


async def test_two_of_them_share_a_limit_that_the_third_has_not(emulator: Harness) -> None:
    emulator.behave(wxacode_limit=2)
    for path in (CODE, QRCODE):
        assert (await ask(emulator, path, {"path": "x"}))[0] == "image/png"
    assert await errcode(emulator, CODE, {"path": "x", "env_version": "beta"}) == 40097
    assert await errcode(emulator, QRCODE, {"path": "x"}) == 45029
    assert "getwxacodeunlimit has no such limit" in (await emulator.latest())["hint"]
    assert (await ask(emulator, UNLIMIT, {"scene": "x"}))[0] == "image/png"


async def test_a_rule_makes_json_of_the_picture(emulator: Harness) -> None:
    await emulator.rule({"errcode": 45009}, on=UNLIMIT)
    assert await errcode(emulator, UNLIMIT, {"scene": "x"}) == 45009
