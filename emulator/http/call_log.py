"""One quiet line per call, written in batches off the request path, with nothing secret in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TextIO

from msgspec import Struct, json

from ..core import masking
from ..core.call import Call, Dropped, Outcome
from ..world.clock import machine_now, rfc3339, time_of_day
from ..world.world import DEFAULT
from .log_writer import LogWriter

_PAUSE = 0.1
# A busy server does not wait so long: thousands of lines at once would keep calls waiting.
_ENOUGH = 100
_LAST_MOMENT = 1.0
"""Seconds that the last lines get when the server stops and nobody reads."""
_HEX_DIGITS = re.compile("[0-9A-Fa-f]+")


class Line(Struct, omit_defaults=True):
    """What is said of one call; `--log json` prints the fields by these names."""

    at: str
    world: str
    method: str
    path: str
    appid: str | None = None
    user: str = ""
    code: str = ""
    waits_for: str = ""
    came: str = ""
    seconds: float = 0.0
    client_left: bool = False
    dropped: str = ""
    status: int = 0
    errcode: int | None = None
    rules: tuple[str, ...] = ()
    hint: str = ""


class CallLog:
    """Collects calls and writes them a moment later, many in one write, without waiting for it."""

    def __init__(
        self,
        form: str,
        *,
        quiet: bool,
        later: Callable[[float, Callable[[], None]], Any],
        out: TextIO | None = None,
    ) -> None:
        """`later` runs a function after some seconds, as an event loop's `call_later` does."""
        self._format = _as_json if form == "json" else _as_text
        self._quiet = quiet
        self._later = later
        self._writer = LogWriter(lambda: out or sys.stderr, self._say_dropped)
        self._calls: list[tuple[str, Call, Outcome | None, float]] = []
        self._due = False

    def takes(self, outcome: Outcome | None) -> bool:
        """Whether a call that ends so, or that waits, is logged."""
        return not self._quiet or (outcome is not None and _is_trouble(outcome))

    def add(self, world: str, call: Call, outcome: Outcome | None, at: float) -> None:
        """Log soon that this call has its outcome, or that it waits; `at` is the world's time."""
        if not self.takes(outcome):
            return
        self._calls.append((world, call, outcome, at))
        if not self._due:
            self._due = True
            self._later(_PAUSE, self._write_late)
        elif len(self._calls) == _ENOUGH:
            self._later(0, self.flush)

    def note(self, text: str, at: float) -> None:
        """Say at once what is no call but worth knowing, with the machine's time."""
        self.flush()
        self._writer.write(self._as_note(text, at))

    def remark(self, text: str, at: float) -> None:
        """As `note`, for what is no warning, so that --quiet leaves it out."""
        if not self._quiet:
            self.note(text, at)

    def flush(self) -> None:
        """Write what has been collected."""
        calls, self._calls = self._calls, []
        if calls:
            self._writer.write("".join([self._format(*call) for call in calls]))

    def close(self) -> None:
        """Write the rest, which takes a second at most, also where nobody reads."""
        self.flush()
        self._writer.close(_LAST_MOMENT)

    def _as_note(self, text: str, at: float) -> str:
        if self._format is _as_json:
            return json.encode({"at": rfc3339(at), "note": text}).decode() + "\n"
        return f"{time_of_day(at)} {_printable(text)}\n"

    def _say_dropped(self, lines: int) -> str:
        which = "1 line of the log was" if lines == 1 else f"{lines} lines of the log were"
        return self._as_note(f"{which} dropped: nobody read it", machine_now())

    def _write_late(self) -> None:
        self._due = False
        self.flush()


class Notes(logging.Handler):
    """Leads what the emulator says of itself, warnings and its own defects, into the log."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        """A note for each line."""
        for line in masking.text(self.format(record)).splitlines():
            self._note(line)


@lru_cache(maxsize=256)
def _masked(text: str, words: masking.Words) -> str:
    """A path or an appid as it may be shown; the same few come all day."""
    return masking.parameter(text, words)


def _user(call: Call) -> str:
    """The user's name; there are many, and most are too short to need a look."""
    if len(call.user) < masking.SHORTEST_SHAPE and not call.words:
        return call.user
    return _masked(call.user, call.words)


def short_code(code: str, words: masking.Words = masking.NONE) -> str:
    """The first six characters of a js_code, for the log; a mask if somebody sent the secret."""
    usual = len(code) < masking.SHORTEST_SHAPE or (
        code.isalnum() and not _HEX_DIGITS.fullmatch(code)
    )
    if (words or not usual) and (masked := masking.parameter(code, words)) != code:
        return masked
    return code if len(code) <= 6 else code[:6] + "…"


def _is_trouble(outcome: Outcome) -> bool:
    return isinstance(outcome, Dropped) or bool(outcome.hint) or outcome.status >= 400


def _as_json(world: str, call: Call, outcome: Outcome | None, at: float) -> str:
    params = call.params
    line = Line(
        rfc3339(at),
        _masked(world, call.words),
        _masked(call.method, call.words),
        _masked(call.path, call.words)[:200],
        appid=_masked(params["appid"], call.words) if "appid" in params else None,
        user=_user(call),
        code=short_code(_code(params), call.words),
        rules=tuple([_masked(each, call.words) for each in call.acted]),
    )
    if outcome is None:
        line.waits_for = call.waits_for
        return json.encode(line).decode() + "\n"
    line.hint = outcome.hint
    if call.has_waited:
        line.came, line.seconds = rfc3339(call.now), round(call.seconds, 3)
        line.client_left = call.client_left
    if isinstance(outcome, Dropped):
        line.dropped = outcome.how
    else:
        line.status, line.errcode = outcome.status, outcome.errcode
    return json.encode(line).decode() + "\n"


def _as_text(world: str, call: Call, outcome: Outcome | None, at: float) -> str:
    params = call.params
    words = [time_of_day(at)]
    if world != DEFAULT:
        words.append(f"[{_masked(world, call.words)}]")
    words += (_masked(call.method, call.words), _masked(call.path, call.words)[:200])
    appid = _masked(params.get("appid", ""), call.words)
    code = short_code(_code(params), call.words)
    words += [each[:100] for each in (appid, _user(call), code) if each]
    if outcome is None:
        return _printable(" ".join([*words, "waits for", call.waits_for])) + "\n"
    words += ("->", _result(outcome))
    if call.has_waited and (call.client_left or not _hangs(outcome)):
        words.append(_how_long(call))
    text = " ".join(words)
    return _printable(f"{text}: {outcome.hint}" if outcome.hint else text) + "\n"


def _hangs(outcome: Outcome) -> bool:
    """Whether the call is not over yet, although it has its outcome."""
    return isinstance(outcome, Dropped) and outcome.how == "hang"


def _how_long(call: Call) -> str:
    """What there is to say in the end of a call that had to wait."""
    left = "the client left " if call.client_left else ""
    return f"({left}after {call.seconds:.1f} s, came at {time_of_day(call.now)})"


def _code(params: Mapping[str, str]) -> str:
    return params.get("js_code") or params.get("code") or ""


def _result(outcome: Outcome) -> str:
    if isinstance(outcome, Dropped):
        return f"dropped ({outcome.how})"
    if outcome.errcode is not None:
        return str(outcome.errcode)
    return "ok" if outcome.status == 200 else str(outcome.status)


def _printable(text: str) -> str:
    """No client may write control characters into a terminal or forge a line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "?" for c in text)
