"""The bytes a backend built on a common client sends."""

from __future__ import annotations

import json

APPID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"


def get(target: str) -> str:
    """A GET of that path and query."""
    return (
        f"GET {target} HTTP/1.1\r\n"
        "Host: api.weixin.qq.com\r\nUser-Agent: python-requests/2.32.3\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"
    )


def post(target: str, body: object) -> str:
    """A POST of the body as JSON."""
    text = json.dumps(body)
    head = get(target).replace("GET", "POST", 1).removesuffix("\r\n")
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"


def exchange(code: str, world: str = "") -> str:
    """The exchange of a code, in the default world or in `/w/NAME`."""
    return get(
        f"{world}/sns/jscode2session?appid={APPID}&secret={SECRET}&js_code={code}"
        "&grant_type=authorization_code"
    )
