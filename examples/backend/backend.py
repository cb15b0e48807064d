"""The developer's server of every WeChat tutorial: `/onLogin` with a code, a token back.

    WECHAT_APPID=wx… WECHAT_SECRET=… python backend.py

It runs unchanged in production and against the emulator: only WECHAT_API_BASE_URL differs.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web


@dataclass(frozen=True)
class WeChat:
    """Where WeChat is, and who we are to it."""

    appid: str
    secret: str
    base_url: str = "https://api.weixin.qq.com"
    timeout: float = 3.0


class LoginRefused(Exception):
    """WeChat said no to this code: the mini program must call wx.login again."""


class WeChatUnavailable(Exception):
    """WeChat gave no usable answer: the mini program may try again later."""


# Errcodes that are about the code the user sent. All others are about us: configuration, quotas.
ABOUT_THE_CODE = {40029, 40163, 40226}
SYSTEM_BUSY = -1

WECHAT = web.AppKey("wechat", WeChat)
HTTP = web.AppKey("http", aiohttp.ClientSession)
SESSIONS = web.AppKey("sessions", dict[str, dict[str, Any]])


async def code2session(http: aiohttp.ClientSession, wechat: WeChat, code: str) -> dict[str, Any]:
    """openid and session_key for a login code."""
    params = {
        "appid": wechat.appid,
        "secret": wechat.secret,
        "js_code": code,
        "grant_type": "authorization_code",
    }
    for _ in range(2):
        answer = await _ask(http, wechat, "/sns/jscode2session", params)
        if answer.get("errcode") != SYSTEM_BUSY:  # busy passes: once more, with the same code
            break
    if errcode := answer.get("errcode"):
        problem = LoginRefused if errcode in ABOUT_THE_CODE else WeChatUnavailable
        raise problem(f"{errcode} {answer.get('errmsg')}")
    return answer


async def _ask(
    http: aiohttp.ClientSession,
    wechat: WeChat,
    path: str,
    params: dict[str, str],
    body: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What WeChat answers to a GET, or to a POST of the body."""
    method, timeout = "POST" if body else "GET", aiohttp.ClientTimeout(total=wechat.timeout)
    # WeChat's gateway refuses a chunked body, so its length is known before it is sent.
    data = json.dumps(body).encode() if body else None
    try:
        async with http.request(
            method, f"{wechat.base_url}{path}", params=params, data=data, timeout=timeout
        ) as response:
            # WeChat says text/plain, so response.json() would refuse; and a gateway in between
            # may answer with HTML.
            return dict(json.loads(await response.text(encoding="utf-8")))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        # Not the error's own text: it holds the URL, and the URL holds the secret.
        raise WeChatUnavailable(type(error).__name__) from None


async def phone_number(http: aiohttp.ClientSession, wechat: WeChat, code: str) -> str:
    """The number behind the code that the getPhoneNumber button gave."""
    # A server with more to ask WeChat keeps this token for its two hours.
    params = {"grant_type": "client_credential", "appid": wechat.appid, "secret": wechat.secret}
    token = await _ask(http, wechat, "/cgi-bin/token", params)
    if "access_token" not in token:
        raise WeChatUnavailable(f"{token.get('errcode')} {token.get('errmsg')}")
    params = {"access_token": token["access_token"]}
    path = "/wxa/business/getuserphonenumber"
    answer = await _ask(http, wechat, path, params, body={"code": code})
    if errcode := answer.get("errcode"):
        problem = LoginRefused if errcode in ABOUT_THE_CODE else WeChatUnavailable
        raise problem(f"{errcode} {answer.get('errmsg')}")
    return str(answer["phone_info"]["phoneNumber"])


async def on_login(request: web.Request) -> web.Response:
    """`{"code": …}` from wx.login becomes `{"token": …}`, our own; session_key stays here."""
    try:
        # Some tutorials send it by GET, as `?code=`.
        sent = request.query if request.method == "GET" else await request.json()
        code = sent["code"]
    except (ValueError, KeyError, TypeError):
        return web.json_response({"error": "expected a JSON object with a code"}, status=400)
    try:
        session = await code2session(request.app[HTTP], request.app[WECHAT], code)
    except LoginRefused:
        return web.json_response({"error": "call wx.login again"}, status=401)
    except WeChatUnavailable:
        return web.json_response({"error": "WeChat is not available"}, status=503)
    token = secrets.token_urlsafe()
    request.app[SESSIONS][token] = session
    return web.json_response({"token": token})


async def phone(request: web.Request) -> web.Response:
    """`{"code": …}` from the getPhoneNumber button becomes the number of whom the token names."""
    session = _session_of(request)
    if session is None:
        return web.json_response({"error": "unknown token"}, status=401)
    try:
        code = (await request.json())["code"]
        session["phone"] = await phone_number(request.app[HTTP], request.app[WECHAT], code)
    except (ValueError, KeyError, TypeError):
        return web.json_response({"error": "expected a JSON object with a code"}, status=400)
    except LoginRefused:
        return web.json_response({"error": "ask the user again"}, status=401)
    except WeChatUnavailable:
        return web.json_response({"error": "WeChat is not available"}, status=503)
    return web.json_response({"phone": session["phone"]})


async def me(request: web.Request) -> web.Response:
    """Who the token belongs to."""
    session = _session_of(request)
    if session is None:
        return web.json_response({"error": "unknown token"}, status=401)
    return web.json_response({"openid": session["openid"]})


def _session_of(request: web.Request) -> dict[str, Any] | None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return request.app[SESSIONS].get(token)


def make_app(wechat: WeChat) -> web.Application:
    """The application, talking to the WeChat it is given."""

    async def client(app: web.Application):  # type: ignore[no-untyped-def]
        async with aiohttp.ClientSession() as app[HTTP]:
            yield

    app = web.Application()
    app[WECHAT] = wechat
    app[SESSIONS] = {}
    app.cleanup_ctx.append(client)
    app.add_routes(
        [
            web.get("/onLogin", on_login),
            web.post("/onLogin", on_login),
            web.post("/phone", phone),
            web.get("/me", me),
        ]
    )
    return app


if __name__ == "__main__":
    web.run_app(
        make_app(
            WeChat(
                appid=os.environ["WECHAT_APPID"],
                secret=os.environ["WECHAT_SECRET"],
                base_url=os.environ.get("WECHAT_API_BASE_URL", WeChat.base_url),
            )
        )
    )
