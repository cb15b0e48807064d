"""Requests out of a client's bytes: aiohttp's parser, and a shortcut past it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

Body = StreamReader | bytes
"""What may still be on its way, or is there already."""
Message = tuple[str, RawRequestMessage, Body]
"""A request: its target, its head as parsed, and its body."""

_READ_AHEAD = 2**16
_END = b"\r\n\r\n"
# A plain request line. What this lets through as a target, the parser would let through as well.
_START = re.compile(rb"(GET|POST) (/[\w.~-][\w.~%&=?+/-]{0,4000}) HTTP/1\.1\r\n", re.ASCII)


class BrokenBodyError(Exception):
    """A body that is not what its headers say, or that never came."""


class RequestReader:
    """Reads one connection. A client sends the same headers all day: they are parsed once.

    To parse them anew costs a tenth of an exchange, and the journal would hold ten thousand copies.
    """

    def __init__(self, protocol: BaseProtocol, loop: asyncio.AbstractEventLoop) -> None:
        # What is packed stays packed: WeChat does not unpack it, and 50 kB may hold 50 MB.
        self.parser = HttpRequestParser(
            protocol, loop, _READ_AHEAD, payload_exception=BrokenBodyError, auto_decompress=False
        )
        self.ended = False
        """Whether no more can be read: the bytes are no HTTP, or of another protocol from here."""
        self._newest_body: StreamReader = EMPTY_PAYLOAD
        self._between = True  # two requests: the parser holds no half of one
        self._usual_method = b""
        self._usual_head = b""
        self._usual_length = 0
        self._usual: RawRequestMessage

    def feed(self, data: bytes) -> Sequence[Message]:
        """The requests whose heads are complete now; HttpProcessingError if it is no HTTP."""
        start = _START.match(data)
        if start and start[1] == self._usual_method and self._is_usual(data, start.end()):
            return ((start[2].decode(), self._usual, data[len(data) - self._usual_length :]),)
        try:
            messages, upgraded, _ = self.parser.feed_data(data)
        except HttpProcessingError:
            self.end()
            raise
        if messages:
            self._newest_body = messages[-1][1]
        if upgraded:
            self.end()
        if data or messages:  # aiohttp asks with no bytes whether more was held back
            self._learn(data, start, messages)
        return [(head.path, head, body) for head, body in messages]

    def end(self) -> None:
        """Read no more; whoever waits for the rest of a body gets a BrokenBodyError."""
        self.ended = True
        if not self._newest_body.is_eof():
            self._newest_body.set_exception(BrokenBodyError())

    def _is_usual(self, data: bytes, head: int) -> bool:
        """Whether the head that begins there is the known one, with a whole body and no more."""
        size = head + len(self._usual_head) + self._usual_length
        return len(data) == size and data.startswith(self._usual_head, head)

    def _learn(
        self,
        data: bytes,
        start: re.Match[bytes] | None,
        messages: Sequence[tuple[RawRequestMessage, StreamReader]],
    ) -> None:
        """Remember the headers of a request that came alone and whole."""
        was_between, self._usual_method = self._between, b""
        self._between = bool(messages) and messages[-1][1] is EMPTY_PAYLOAD and data.endswith(_END)
        if not start or not was_between or len(messages) != 1:
            return
        [(head, _)] = messages
        end = data.index(_END) + len(_END)
        length = len(data) - end
        if _announced(head) != str(length):
            return
        self._between = True
        if not head.upgrade and "Expect" not in head.headers:
            self._usual_method, self._usual_head = start[1], data[start.end() : end]
            self._usual, self._usual_length = head, length


def _announced(head: RawRequestMessage) -> str:
    """How long the body is by its header; chunks do not say."""
    return "" if head.chunked else head.headers.get("Content-Length", "0")
