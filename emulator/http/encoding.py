"""HTTP answers as bytes: WeChat's header names, in WeChat's order. No other module makes any."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from ..core.call import PLAIN, REASON_PHRASES, Reply
from ..world.clock import machine_now

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
"""A proxy's yes to CONNECT."""
_STATUS_LINES = {status: f"{status} {phrase}" for status, phrase in REASON_PHRASES.items()}
_HINT_BYTES = 500


def encode(reply: Reply, *, at: float, keep_alive: bool, head_only: bool = False) -> bytes:
    """Status line, headers in WeChat's order, and the body; `at` goes into Date."""
    start = _start(reply.status, reply.content_type, int(at), keep_alive)
    more = _more(reply) if reply.hint or reply.headers else b""
    body = b"" if head_only else reply.body
    return b"%b%d\r\n%b\r\n%b" % (start, len(reply.body), more, body)


def refusal(status: int, reason: str) -> bytes:
    """A line that says why, as a connection's last answer."""
    text = f"{_STATUS_LINES[status]}: {reason}\n".encode("utf-8", "replace")
    return encode(Reply(text, status=status), at=machine_now(), keep_alive=False)


def proxy_refusal(status: int, reason: str) -> bytes:
    """The same in the status line itself: of a failed CONNECT most clients show no more."""
    line = one_line(reason)
    head = _head(f"{status} {line}", PLAIN, int(machine_now()), keep_alive=False)
    return b"%bContent-Length: %d\r\n\r\n%b\n" % (head, len(line) + 1, line.encode())


@lru_cache(maxsize=64)
def _start(status: int, content_type: str, second: int, keep_alive: bool) -> bytes:
    """All up to the length, which is the same for every answer of a kind within a second."""
    line = _STATUS_LINES.get(status) or f"{status} Status"
    return _head(line, content_type, second, keep_alive) + b"Content-Length: "


def stream_head(content_type: str, *, at: float, keep_alive: bool, chunked: bool) -> bytes:
    """The head of an answer whose length is not known yet."""
    coding = b"Transfer-Encoding: chunked\r\n" if chunked else b""
    return _head(_STATUS_LINES[200], content_type, int(at), keep_alive) + coding + b"\r\n"


def _head(status_line: str, content_type: str, second: int, keep_alive: bool) -> bytes:
    head = f"HTTP/1.1 {status_line}\r\nConnection: {'keep-alive' if keep_alive else 'close'}\r\n"
    if content_type:
        head += f"Content-Type: {content_type}\r\n"
    return f"{head}Date: {http_date(second)}\r\n".encode("latin-1")


def _more(reply: Reply) -> bytes:
    head = f"X-Emulator-Hint: {one_line(reply.hint)}\r\n" if reply.hint else ""
    head += "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
    return head.encode("latin-1")


def one_line(hint: str) -> str:
    """A hint as a header value: ASCII, one line, at most 500 bytes."""
    text = " ".join(hint.replace("…", "...").split()).encode("ascii", "replace").decode()
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= _HINT_BYTES else text[: _HINT_BYTES - 3] + "..."


def http_date(second: int) -> str:
    """A second in the form of HTTP's Date header."""
    return formatdate(second, usegmt=True)
