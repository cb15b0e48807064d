"""One quiet line per call, written in batches off the request path, with nothing secret in it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TextIO

from msgspec import Struct, json

from .call import Call, Dropped, Outcome
from .clock import rfc3339
from .masking import query, short_code

_PAUSE = 0.1


class Line(Struct):
    """A call that waits to be logged."""

    world: str
    endpoint: str
    call: Call
    outcome: Outcome


class CallLog:
    """Collects calls and writes them a moment later, many in one write."""

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
        self._out = out
        self._lines: list[Line] = []

    def add(self, world: str, endpoint: str, call: Call, outcome: Outcome) -> None:
        """Log this call soon."""
        if self._quiet and not _is_trouble(outcome):
            return
        if not self._lines:
            self._later(_PAUSE, self.flush)
        self._lines.append(Line(world, endpoint, call, outcome))

    def note(self, text: str, at: float) -> None:
        """Say at once what is no call but worth knowing, with the machine's time."""
        self.flush()
        line = {"at": rfc3339(at), "note": text}
        as_json = self._format is _as_json
        out = self._out or sys.stderr
        out.write(
            json.encode(line).decode() if as_json else f"{line['at'][11:19]} {_printable(text)}"
        )
        out.write("\n")
        out.flush()

    def flush(self) -> None:
        """Write what has been collected."""
        lines, self._lines = self._lines, []
        if lines:
            out = self._out or sys.stderr
            out.write("".join(self._format(line) for line in lines))
            out.flush()


def _is_trouble(outcome: Outcome) -> bool:
    return isinstance(outcome, Dropped) or bool(outcome.hint) or outcome.status >= 400


def _fields(line: Line) -> dict[str, Any]:
    call, outcome = line.call, line.outcome
    params = call.params
    fields: dict[str, Any] = {"at": rfc3339(call.now), "world": line.world}
    fields |= {"method": call.method, "path": query(call.path)[:200]}
    fields["appid"] = params.get("appid")
    fields["user"] = call.user or None
    code = params.get("js_code") or params.get("code")
    fields["code"] = short_code(code) if code else None
    if isinstance(outcome, Dropped):
        fields["dropped"] = outcome.how
    else:
        fields |= {"status": outcome.status, "errcode": outcome.errcode}
    fields |= {"rules": call.acted or None, "hint": outcome.hint or None}
    return {name: value for name, value in fields.items() if value is not None}


def _as_json(line: Line) -> str:
    return json.encode(_fields(line)).decode() + "\n"


def _as_text(line: Line) -> str:
    fields = _fields(line)
    at = fields["at"][11:19]
    about = " ".join(str(fields[k])[:100] for k in ("appid", "user", "code") if k in fields)
    if "dropped" in fields:
        result = f"dropped ({fields['dropped']})"
    elif "errcode" in fields:
        result = str(fields["errcode"])
    else:
        result = "ok" if fields["status"] == 200 else str(fields["status"])
    world = "" if line.world == "default" else f"[{line.world}] "
    text = f"{at} {world}{fields['method']} {fields['path']} {about} -> {result}"
    if "hint" in fields:
        text += f": {fields['hint']}"
    return _printable(text) + "\n"


def _printable(text: str) -> str:
    """No client may write control characters into a terminal or forge a line."""
    return "".join(c if c.isprintable() else "?" for c in text)
