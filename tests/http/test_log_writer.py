"""A log that nobody reads stops nothing: lines are dropped, counted and told of."""

from __future__ import annotations

import io
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TextIO

import pytest

from emulator.http.log_writer import LogWriter
from tests.process import AT_ONCE, Process, serving

LINE = "x" * 999 + "\n"
PIPE = 2**16


class Pipe:
    """A pipe that is read when the test says, and a writer that writes into it."""

    def __init__(self, **bounds: int) -> None:
        reading, writing = os.pipe()
        self.reader = os.fdopen(reading, "rb")
        self.out: TextIO = os.fdopen(writing, "w", encoding="utf-8")
        self.writer = LogWriter(lambda: self.out, lambda n: f"{n} dropped\n", **bounds)

    def rest(self) -> str:
        """All that comes until the log ends."""
        closer = threading.Thread(target=self._end)
        closer.start()
        text = self.reader.read().decode()
        closer.join()
        self.reader.close()
        return text

    def _end(self) -> None:
        self.writer.close(AT_ONCE)
        self.out.close()


def test_there_is_no_thread_before_the_first_line() -> None:
    before = threading.active_count()
    pipe = Pipe()
    assert threading.active_count() == before
    pipe.writer.write("a\n")
    assert threading.active_count() == before + 1
    assert pipe.rest() == "a\n"
    assert threading.active_count() == before


def test_what_waits_is_bounded_and_the_gap_is_told_once() -> None:
    pipe = Pipe(most_lines=500)
    for _ in range(2000):
        pipe.writer.write(LINE)
    text = pipe.rest()
    assert text.count(LINE) in range(500, 500 + PIPE // len(LINE) + 2)
    assert text.removeprefix(LINE * text.count(LINE)) == f"{2000 - text.count(LINE)} dropped\n"


def test_the_bytes_that_wait_are_bounded_too() -> None:
    pipe = Pipe(most_bytes=100 * len(LINE))
    for _ in range(500):
        pipe.writer.write(LINE)
    assert pipe.rest().count(LINE) <= 100 + PIPE // len(LINE) + 2


def test_one_piece_beyond_every_bound_is_written_where_nothing_waits() -> None:
    pipe = Pipe(most_bytes=1)
    pipe.writer.write(LINE)
    assert pipe.rest() == LINE


def test_a_pipe_that_does_not_block_loses_nothing() -> None:
    pipe = Pipe()
    os.set_blocking(pipe.out.fileno(), False)
    for _ in range(200):
        pipe.writer.write(LINE)
    assert pipe.rest() == LINE * 200


def test_a_reader_that_has_gone_stops_nothing() -> None:
    pipe = Pipe()
    pipe.reader.close()
    for _ in range(200):
        pipe.writer.write(LINE)
    pipe._end()


def test_the_end_waits_no_longer_than_it_may() -> None:
    pipe = Pipe()
    pipe.writer.write(LINE * 100)
    began = time.monotonic()
    pipe.writer.close(0.05)
    assert time.monotonic() - began < 1
    pipe.writer.write("too late\n")
    assert pipe.rest() == LINE * 100


@pytest.mark.parametrize("closed", [False, True])
def test_a_stream_without_a_descriptor_is_written_in_place(closed: bool) -> None:
    out = io.StringIO()
    writer = LogWriter(lambda: out, str)
    writer.write("a\n")
    assert out.getvalue() == "a\n"
    if closed:
        out.close()
    writer.write("b\n")
    writer.close(1)


def test_without_a_stream_nothing_is_written() -> None:
    LogWriter(lambda: None, str).write("a\n")


# A real server whose stderr is a pipe that nobody reads, as Popen's and Node's are by default.

TARGET = "/" + "x" * 190
CALLS = 6000


@contextmanager
def unread(*args: str) -> Iterator[Process]:
    """A server that has answered so many calls that its log is full."""
    with serving(*args) as process:
        with closing(socket.create_connection(("127.0.0.1", process.port), 20)) as client:
            head = f"GET {TARGET} HTTP/1.1\r\nHost: localhost\r\n"
            sender = threading.Thread(
                target=client.sendall,
                args=((f"{head}\r\n" * (CALLS - 1) + f"{head}Connection: close\r\n\r\n").encode(),),
            )
            sender.start()
            answers = b"".join(iter(lambda: client.recv(PIPE), b""))
            sender.join()
        assert answers.count(b"HTTP/1.1 404 ") == CALLS
        yield process


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_server_whose_log_nobody_reads_answers_and_tells_what_it_dropped(form: str) -> None:
    with unread("--log", form) as process:
        assert process.popen.stderr is not None
        gap, before = "", 0
        while not (found := re.search("(\\d+) lines of the log were dropped: nobody read it", gap)):
            gap = process.popen.stderr.readline()
            before += TARGET in gap
        _, code, _, after = process.stop()
        assert 0 < before < CALLS
        assert before + int(found[1]) + after.count(TARGET) == CALLS
    assert code == 0


def test_a_signal_ends_a_server_whose_log_nobody_reads() -> None:
    with unread() as process:
        began = time.monotonic()
        process.popen.terminate()
        assert process.popen.wait(timeout=AT_ONCE) == 0
        assert time.monotonic() - began < 2


def test_a_server_whose_stderr_is_closed_answers() -> None:
    with serving() as process:
        assert process.popen.stderr is not None
        process.popen.stderr.close()
        process.popen.stderr = None
        with closing(socket.create_connection(("127.0.0.1", process.port), 20)) as client:
            client.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b"404" in b"".join(iter(lambda: client.recv(PIPE), b""))
        _, code, _, _ = process.stop()
    assert code == 0
