"""Requests out of a client's bytes: aiohttp's parser, and a shortcut past it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

Message = tuple[str, RawRequestMessage, StreamReader]
"""A request: its target, its head as parsed, and its body, which may still be on its way."""

_READ_AHEAD = 2**16
_END = b"\r\n\r\n"
# A plain GET. What this lets through as a target, the parser would let through as well.
_GET = re.compile(rb"GET (/[\w.~-][\w.~%&=?+/-]{0,4000}) HTTP/1\.1\r\n", re.ASCII)


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
        self._usual_head: bytes | None = None
        self._usual: RawRequestMessage

    def feed(self, data: bytes) -> Sequence[Message]:
        """The requests whose heads are complete now; HttpProcessingError if it is no HTTP."""
        get = _GET.match(data)
        if get and data[get.end() :] == self._usual_head:
            return ((get[1].decode(), self._usual, EMPTY_PAYLOAD),)
        try:
            messages, upgraded, _ = self.parser.feed_data(data)
        except HttpProcessingError:
            self.end()
            raise
        if messages:
            self._newest_body = messages[-1][1]
        if upgraded:
            self.end()
        self._learn(data, get, messages)
        return [(head.path, head, body) for head, body in messages]

    def end(self) -> None:
        """Read no more; whoever waits for the rest of a body gets a BrokenBodyError."""
        self.ended = True
        if not self._newest_body.is_eof():
            self._newest_body.set_exception(BrokenBodyError())

    def _learn(
        self,
        data: bytes,
        get: re.Match[bytes] | None,
        messages: Sequence[tuple[RawRequestMessage, StreamReader]],
    ) -> None:
        """Remember the headers of a GET that came alone and whole."""
        was_between, self._usual_head = self._between, None
        self._between = bool(messages) and messages[-1][1] is EMPTY_PAYLOAD and data.endswith(_END)
        if get and was_between and self._between and data.index(_END) == len(data) - len(_END):
            [(head, _)] = messages
            if not head.upgrade:
                self._usual_head, self._usual = data[get.end() :], head
