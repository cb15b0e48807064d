"""What comes after a login: session checks and phone numbers."""

from __future__ import annotations

import hmac
import json
from urllib.parse import urlencode

from ..calls import APPID, SECRET, get, post
from ..harness import Run, Side, compare
from ..servers import Server, bare, emulator
from . import measurement

_CHECK = "/wxa/checksession"
_PHONE = "/wxa/business/getuserphonenumber"
_CHECKED = '{"errcode":0,"errmsg":"ok"}'
_FOUND = (
    '{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"13800138000","purePhoneNumber":'
    '"13800138000","countryCode":"86","watermark":{"timestamp":1767240000,"appid":"%s"}}}'
)
_MADE_UP_TOKEN = "0" * 136


@measurement
def checksession(run: Run) -> None:
    """checksession of a valid session against a bare aiohttp route with the same body."""
    _compare(
        run,
        Side("bare", bare(_CHECKED, _CHECK), lambda _, count: _made_up_checks(count)),
        Side("emulator --quiet", emulator("--quiet"), _checks),
    )


@measurement
def getuserphonenumber(run: Run) -> None:
    """Phone codes, each spent once, against a bare aiohttp route with as long a body."""
    _compare(
        run,
        Side("bare", bare(_FOUND % APPID, _PHONE), lambda _, count: _made_up_phones(count)),
        Side("emulator --quiet", emulator("--quiet"), _phones),
    )


def _compare(run: Run, fixed: Side, ours: Side) -> None:
    sides = [Side(each.name, each.start, each.requests, '"errcode":0') for each in (fixed, ours)]
    seen = compare(run, *sides, count=run.size(20_000, 200))
    seen.figures()
    seen.ratio(fixed.name, ours.name, "at least 0.9")


def _checks(server: Server, count: int) -> list[str]:
    server.declare()
    [code] = server.mint(1)
    query = {"appid": APPID, "secret": SECRET, "js_code": code}
    session = json.loads(server.get(f"/sns/jscode2session?{urlencode(query)}"))
    # A session's signature is over nothing, under the session_key's text as it stands.
    signature = hmac.digest(session["session_key"].encode(), b"", "sha256").hex()
    return [get(_check(_token(server), session["openid"], signature))] * count


def _made_up_checks(count: int) -> list[str]:
    return [get(_check(_MADE_UP_TOKEN, "o" * 28, "0" * 64))] * count


def _check(token: str, openid: str, signature: str) -> str:
    query = {"openid": openid, "signature": signature, "sig_method": "hmac_sha256"}
    return f"{_CHECK}?{urlencode({'access_token': token, **query})}"


def _phones(server: Server, count: int) -> list[str]:
    server.declare()
    target = f"{_PHONE}?{urlencode({'access_token': _token(server)})}"
    return [post(target, {"code": code}) for code in server.mint(count, kind="phone")]


def _made_up_phones(count: int) -> list[str]:
    target = f"{_PHONE}?{urlencode({'access_token': _MADE_UP_TOKEN})}"
    return [post(target, {"code": f"{n:064d}"}) for n in range(count)]


def _token(server: Server) -> str:
    query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    return str(json.loads(server.get(f"/cgi-bin/token?{urlencode(query)}"))["access_token"])
