"""What the APIs with an access_token send around their JSON, header by header."""

from __future__ import annotations

from tests.support import NOON_DATE


def answer(body: str) -> str:
    """The whole answer at noon, on a connection that ends with it."""
    return (
        "HTTP/1.1 200 OK\r\nConnection: close\r\n"
        "Content-Type: application/json; encoding=utf-8\r\n"
        f"Date: {NOON_DATE}\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
    )
