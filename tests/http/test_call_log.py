"""The log: a quiet line per call, safe for a terminal, in batches off the request path."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import json
from multidict import CIMultiDict

from emulator.core.call import Call, Dropped, Outcome, Reply
from emulator.http.call_log import CallLog, Notes
from tests.support import APPID, NOON_UNIX

CODE = "0a1b2c3d4e5f"


class Log:
    """A log in memory whose timers fire when the test says."""

    def __init__(self, form: str = "text", *, quiet: bool = False) -> None:
        self.out = io.StringIO()
        self.due: list[Callable[[], None]] = []
        self.log = CallLog(form, quiet=quiet, later=self.later, out=self.out)

    def later(self, seconds: float, function: Callable[[], None]) -> None:
        self.due.append(function)

    def add(
        self,
        outcome: Outcome | None,
        *,
        world: str = "default",
        at: float = NOON_UNIX,
        **fields: Any,
    ) -> str:
        query = fields.pop("query", f"appid={APPID}&js_code={CODE}")
        path = fields.pop("path", "/sns/jscode2session")
        call = Call("GET", path, query, CIMultiDict(), b"", "127.0.0.1", NOON_UNIX, **fields)
        self.log.add(world, call, outcome, at)
        self.log.flush()
        return self.out.getvalue()


LINES: list[tuple[Outcome, dict[str, Any], str]] = [
    (Reply(), {"user": "alice"}, f"GET /sns/jscode2session {APPID} alice 0a1b2c… -> ok"),
    (Reply(errcode=40029, hint="why"), {}, f"{APPID} 0a1b2c… -> 40029: why"),
    (Reply(status=412), {"query": ""}, "GET /sns/jscode2session -> 412"),
    (Dropped("reset", "by rule x"), {}, "-> dropped (reset): by rule x"),
    (Reply(), {"world": "one"}, "04:00:00 [one] GET /sns/jscode2session"),
    (Reply(hint="a\nb\x1b[31m"), {"query": ""}, "-> ok: a?b?[31m"),
    (Reply(), {"query": "appid=%1b%0aGET%20/forged"}, "GET /sns/jscode2session ??GET /forged -> "),
    (Reply(), {"path": "/x&secret=0123456789abcdef"}, "GET /x&secret=****cdef"),
]


@pytest.mark.parametrize(("outcome", "fields", "text"), LINES)
def test_a_line_of_text(outcome: Outcome, fields: dict[str, Any], text: str) -> None:
    line = Log().add(outcome, **fields)
    assert text in line
    assert line.startswith("04:00:00 ")
    assert line.count("\n") == 1


def test_a_line_of_json() -> None:
    outcome = Reply(errcode=40163, hint="used")
    assert json.decode(Log("json").add(outcome, user="alice", acted=("r1",))) == {
        "at": "2026-01-01T04:00:00.000Z",
        "world": "default",
        "method": "GET",
        "path": "/sns/jscode2session",
        "appid": APPID,
        "user": "alice",
        "code": "0a1b2c…",
        "status": 200,
        "errcode": 40163,
        "rules": ["r1"],
        "hint": "used",
    }


def test_a_dropped_call_in_json_has_no_status() -> None:
    line = json.decode(Log("json").add(Dropped("close")))
    assert line["dropped"] == "close"
    assert "status" not in line


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (Reply(), False),
        (Reply(errcode=40029, hint="x"), True),
        (Reply(status=502), True),
        (Dropped("hang"), True),
    ],
)
def test_quiet_shows_trouble_only(outcome: Outcome, shown: bool) -> None:
    assert bool(Log(quiet=True).add(outcome)) is shown


def test_many_calls_are_one_write() -> None:
    log = Log()
    for _ in range(50):
        log.log.add("default", Call("GET", "/x", "", CIMultiDict(), b"", "", 0.0), Reply(), 0.0)
    assert (log.out.getvalue(), len(log.due)) == ("", 1)
    log.due.pop()()
    assert log.out.getvalue().count("\n") == 50


def test_a_busy_server_writes_a_hundred_lines_at_once_and_loses_none() -> None:
    log = Log()
    for n in range(250):
        log.log.add("default", Call("GET", f"/{n}", "", CIMultiDict(), b"", "", 0.0), Reply(), 0.0)
        while len(log.due) > 1:
            log.due.pop()()
    assert log.out.getvalue().count("\n") == 200
    log.due.pop()()
    assert [line.split()[2] for line in log.out.getvalue().splitlines()] == [
        f"/{n}" for n in range(250)
    ]


@pytest.mark.parametrize(("form", "text"), [("text", "04:00:00 a?b\n"), ("json", '"note":"a\\nb"')])
def test_a_note_is_said_at_once(form: str, text: str) -> None:
    log = Log(form)
    log.log.note("a\nb", NOON_UNIX)
    assert text in log.out.getvalue()


def test_a_warning_is_a_note_for_each_of_its_lines() -> None:
    log = Log("json")
    notes = Notes(lambda text: log.log.note(text, NOON_UNIX))
    notes.handle(logging.LogRecord("x", logging.WARNING, "", 0, "a %s\nb", ("c",), None))
    assert [json.decode(line)["note"] for line in log.out.getvalue().splitlines()] == ["a c", "b"]


def test_a_log_that_nobody_reads_any_more_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(text: str) -> int:
        raise BrokenPipeError

    log = Log()
    monkeypatch.setattr(log.out, "write", gone)
    assert not log.add(Reply())
    log.log.note("said to nobody", NOON_UNIX)
