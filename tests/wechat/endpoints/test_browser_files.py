"""What a login page loads beside itself: WxLogin and the pictures of users."""

from __future__ import annotations

import asyncio
import shutil
import subprocess

import pytest
from msgspec import json

from tests.support import Harness

PAGE = """
globalThis.document = {
  currentScript: { src: process.argv[1] },
  createElement: () => ({ setAttribute() {} }),
  getElementById: (id) => ({ id, set innerHTML(text) {}, appendChild: (frame) => shown(frame) }),
};
globalThis.window = globalThis;
const shown = (frame) => console.log(frame.src);
require('vm').runInThisContext(require('fs').readFileSync(0, 'utf8'));
new WxLogin(JSON.parse(process.argv[2]));
"""
OPTIONS = {"id": "box", "appid": "wx1", "scope": "snsapi_login", "redirect_uri": "https%3A%2F%2Fh"}
REST = "&login_type=jssdk&self_redirect={}&styletype=&sizetype=&bgcolor=&rst="


async def fetch(emulator: Harness, path: str, base: str = "") -> tuple[str, bytes]:
    async with emulator.http.get((base or emulator.url) + path) as answer:
        assert answer.status == 200
        return answer.headers["Content-Type"], await answer.read()


def node(command: list[str], script: bytes) -> str:
    """What the program prints."""
    done = subprocess.run(command, input=script, capture_output=True, timeout=30, check=True)
    return done.stdout.decode().strip()


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
@pytest.mark.parametrize(
    ("source", "base"),
    [
        (
            "https://res.wx.qq.com/connect/zh_CN/htmledition/js/wxLogin.js",
            "https://open.weixin.qq.com",
        ),
        ("http://127.0.0.1:8480/w/shop/connect/zh_CN/x.js", "http://127.0.0.1:8480/w/shop"),
    ],
)
@pytest.mark.parametrize(
    ("more", "end"),
    [
        ({}, "&state=" + REST.format("default")),
        ({"state": "s", "self_redirect": True}, "&state=s" + REST.format("true")),
        (
            {"self_redirect": False, "lang": "en", "stylelite": 1, "fast_login": 0},
            "&state=" + REST.format("false") + "&lang=en&stylelite=1&fast_login=0",
        ),
        (
            {"style": "white", "href": "https://h/a.css"},
            "&state=" + REST.format("default") + "&style=white&href=https://h/a.css",
        ),
    ],
)
async def test_wxlogin_frames_the_page_as_wechats_does(
    emulator: Harness, source: str, base: str, more: dict[str, object], end: str
) -> None:
    kind, script = await fetch(emulator, "/connect/zh_CN/htmledition/js/wxLogin.js")
    assert kind == "application/javascript; charset=utf-8"
    options = json.encode(OPTIONS | more).decode()
    command = ["node", "-e", PAGE, source, options]
    done = await asyncio.to_thread(node, command, script)
    assert done == (
        f"{base}/connect/qrconnect?appid=wx1&scope=snsapi_login&redirect_uri=https%3A%2F%2Fh{end}"
    )


@pytest.mark.parametrize(("end", "width"), [("132", 132), ("46", 46), ("0", 132), ("x", 132)])
async def test_every_user_has_a_picture(emulator: Harness, end: str, width: int) -> None:
    kind, png = await fetch(emulator, f"/mmopen/vi_32/alice/{end}")
    assert kind == "image/png"
    assert int.from_bytes(png[16:20]) == width
    assert (await fetch(emulator, f"/mmopen/vi_32/bob/{end}"))[1] != png
