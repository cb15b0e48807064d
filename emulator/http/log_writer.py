"""Writes the log on a thread of its own, so that nobody waits for whoever reads it.

A pipe that nobody reads is full after 64 kB, and then a write comes back no more: Python's `Popen`
and Node's `spawn` make such pipes. So there is a bound on what waits, and what is beyond it is
dropped, counted, and told of once the log is read again.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

MOST_LINES = 10_000
MOST_BYTES = 1_000_000


class LogWriter:
    """Takes text at once, and writes it as quickly as the stream takes it."""

    def __init__(
        self,
        stream: Callable[[], TextIO | None],
        say_dropped: Callable[[int], str],
        *,
        most_lines: int = MOST_LINES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """`stream` is asked for each piece; `say_dropped` words how many lines were dropped."""
        self._stream = stream
        self._say_dropped = say_dropped
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._changed = threading.Condition()
        self._waiting: deque[tuple[bytes, int]] = deque()
        """Pieces with their number of lines; the first is being written."""
        self._lines = self._bytes = self._dropped = 0
        self._thread: threading.Thread | None = None
        self._closed = False

    def write(self, text: str) -> None:
        """Write whole lines soon, or drop them where too much waits already."""
        out = self._stream()
        if out is None:
            return
        if _descriptor(out) is None:  # a test's: it takes everything at once
            _write_in_place(out, text)
            return
        data = text.encode(out.encoding or "utf-8", "backslashreplace")
        with self._changed:
            self._take(data, text.count("\n"))

    def close(self, within: float) -> None:
        """Write what waits, but give up after so many seconds; nothing is written after that."""
        with self._changed:
            self._closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(within)

    def _take(self, data: bytes, lines: int) -> None:
        if self._closed:
            return
        # What is dropped is one gap, not many: it ends when all that came before it is written.
        if self._dropped or (self._waiting and not self._has_room(data, lines)):
            self._dropped += lines
            return
        self._append(data, lines)
        if self._thread is None:
            # A daemon: one that is stuck in a write must not keep the program from ending.
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _has_room(self, data: bytes, lines: int) -> bool:
        more_bytes = self._bytes + len(data)
        return self._lines + lines <= self._most_lines and more_bytes <= self._most_bytes

    def _run(self) -> None:
        while (data := self._next()) is not None:
            self._put_out(data)

    def _next(self) -> bytes | None:
        """What to write next, once there is something; None at the end."""
        with self._changed:
            while not self._waiting:
                if self._dropped:
                    text = self._say_dropped(self._dropped)
                    self._dropped = 0
                    self._append(text.encode(), 1)
                elif self._closed:
                    return None
                else:
                    self._changed.wait()
            return self._waiting[0][0]

    def _append(self, data: bytes, lines: int) -> None:
        self._waiting.append((data, lines))
        self._lines += lines
        self._bytes += len(data)

    def _put_out(self, data: bytes) -> None:
        out = self._stream()
        descriptor = None if out is None else _descriptor(out)
        if descriptor is not None:
            with suppress(OSError):  # whoever read the log has gone, as `| head` does: calls go on
                _write_all(descriptor, data)
        with self._changed:
            _, lines = self._waiting.popleft()
            self._lines -= lines
            self._bytes -= len(data)


def _descriptor(out: TextIO) -> int | None:
    """The stream's file descriptor; None if it has none, or is closed."""
    try:
        return out.fileno()
    except (AttributeError, OSError, ValueError):
        return None


def _write_in_place(out: TextIO, text: str) -> None:
    with suppress(OSError, ValueError):
        out.write(text)
        out.flush()


def _write_all(descriptor: int, data: bytes) -> None:
    """Write to the descriptor, not the stream: its lock would be held as long as a write lasts.

    The interpreter takes that lock when it ends, to flush the stream.
    """
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:  # somebody who shares the pipe made it so
            select.select((), (descriptor,), ())
