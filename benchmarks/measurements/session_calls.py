"""What comes after a login: session checks, phone numbers, and data to decrypt."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode
from urllib.request import urlopen

from emulator.core.entities import App, User
from emulator.core.settings import Settings
from emulator.wechat import sessions, userdata, users
from emulator.wechat.crypto import session_signature
from emulator.worlds import Worlds

from ..harness import Round, Run, figures, in_turn, ratios, show, timed
from ..servers import APPID, SECRET, Server, bare, emulator
from . import measurement

_GOAL = "≥ 0.9"
_BARE_PATH = "/sns/jscode2session"
_OK = '{"errcode":0,"errmsg":"ok"}'
_PHONE = (
    '{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"13800138000","purePhoneNumber":'
    '"13800138000","countryCode":"86","watermark":{"timestamp":1767240000,"appid":"%s"}}}'
)


@measurement
def session_calls(run: Run) -> None:
    """checksession and getuserphonenumber against a bare aiohttp route with as long a body."""
    count = run.size(20_000, 200)
    with emulator() as ours, bare(_OK) as fixed:
        target = _checksession(ours)
        _compare(run, "checksession", ours, fixed, lambda: [_get(target)] * count)
    with emulator() as ours, bare(_PHONE % APPID) as fixed:
        token = _token(ours)

        def requests() -> list[str]:
            codes = ours.mint(count, kind="phone")
            return [_post(f"/wxa/business/getuserphonenumber?{token}", code) for code in codes]

        _compare(run, "getuserphonenumber", ours, fixed, requests)


@measurement
def encryption(run: Run) -> None:
    """getUserInfo objects a second, encrypted and signed, through the kernel on one core."""
    count = run.size(20_000, 200)
    rates = [asyncio.run(_seal(count)) for _ in range(run.rounds)]
    show("getUserInfo objects/s", rates, "≥ 20,000")


def _compare(
    run: Run, name: str, ours: Server, fixed: Server, requests: Callable[[], list[str]]
) -> None:
    def one() -> Round:
        return timed(ours, requests(), expect='"errcode":0')

    def other() -> Round:
        path = requests()[0].split(" ")[1]
        same = [each.replace(path, f"{_BARE_PATH}?{path.partition('?')[2]}", 1)
                for each in requests()]  # fmt: skip
        return timed(fixed, same, expect='"errcode":0')

    here, there = in_turn(run, one, other)
    figures(f"{name}: bare aiohttp", there)
    figures(f"{name}: emulator", here)
    ratios(f"{name}: emulator / bare aiohttp", here, there, _GOAL)


async def _seal(count: int) -> float:
    world = (await Worlds(Settings()).open()).world
    view = world.view
    app, user = App(APPID, open_platform="acme"), User("alice", nickname="小艾🦄")
    session = sessions.open(view, app, user, users.openid(view, app, user), 0.0)
    started = time.perf_counter()
    for _ in range(count):
        userdata.user_info(view, app, user, session, world.clock.now())
    return count / (time.perf_counter() - started)


def _token(server: Server) -> str:
    query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    with urlopen(f"{server.url}/cgi-bin/token?{urlencode(query)}") as answer:  # noqa: S310
        return urlencode({"access_token": json.load(answer)["access_token"]})


def _checksession(server: Server) -> str:
    [code] = server.mint(1)
    query = {"appid": APPID, "secret": SECRET, "js_code": code}
    with urlopen(f"{server.url}{_BARE_PATH}?{urlencode(query)}") as answer:  # noqa: S310
        session = json.load(answer)
    signed = {
        "openid": session["openid"],
        "signature": session_signature(b"", session["session_key"]),
        "sig_method": "hmac_sha256",
    }
    return f"/wxa/checksession?{_token(server)}&{urlencode(signed)}"


def _get(target: str) -> str:
    return (
        f"GET {target} HTTP/1.1\r\n"
        "Host: api.weixin.qq.com\r\nUser-Agent: python-requests/2.32.3\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"
    )


def _post(target: str, code: str) -> str:
    body = json.dumps({"code": code})
    head = _get(target).replace("GET", "POST", 1).removesuffix("\r\n")
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
