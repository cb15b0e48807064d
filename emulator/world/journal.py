"""What came in, which rule acted, what went out: one `Exchange` per call, bounded.

A call that has to wait has its entry from then on. Each change of one is numbered like a new one,
so whoever follows the journal misses none.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from sys import getsizeof
from typing import Literal

from msgspec import Struct

from ..core.call import Call, Dropped, Outcome, Reply, Wait
from .clock import monotonic

# What an entry, a parameter and a header weigh beyond the texts in them, roughly. All three count:
# a client that sends thousands of short names must not keep more alive than one that sends text.
_ENTRY_BYTES = 450
_PARAMETER_BYTES = 100
_HEADER_BYTES = 80
# A text with one 😀 in it takes four bytes a character. To look would cost more than it tells.
_CHARACTER_BYTES = 4
# How much of a body is kept: one upload must not push out all else.
_BODY_BYTES = 65536
_LAST_WORD = re.compile(rb"[\w+/=%\\-]{1,600}+\Z")


State = Literal["waiting", "answered", "dropped", "left"]
"""How far a call has come; `left` is a client that did not wait for the end."""


class Exchange(Struct, gc=False):
    """One call with its answer. Secrets are masked when it is shown, not here: most never are."""

    number: int
    """Counts the calls, from 1."""
    endpoint: str
    """An endpoint's name, or empty for a call that met none."""
    call: Call
    outcome: Outcome | None
    """None as long as it waits."""
    size: int
    """About how many bytes it keeps alive."""
    places: int = 0
    """How often it stands in the journal: once, and once more for each change."""

    @property
    def state(self) -> State:
        """How far it has come."""
        if self.call.client_left:
            return "left"
        if self.outcome is None:
            return "waiting"
        return "dropped" if isinstance(self.outcome, Dropped) else "answered"

    @property
    def errcode(self) -> int | None:
        """WeChat's errcode in the answer, if it is one."""
        return self.outcome.errcode if isinstance(self.outcome, Reply) else None

    @property
    def status(self) -> int | None:
        """The HTTP status, None if there is no answer."""
        return self.outcome.status if isinstance(self.outcome, Reply) else None

    @property
    def errcode_or_0(self) -> int | None:
        """The errcode, 0 for a success, None for what is neither."""
        return 0 if self.errcode is None and self.status == 200 else self.errcode


class JournalBudget:
    """What the journals of all worlds may keep together."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used = 0
        """About how many bytes they keep; each journal adds and takes away its own."""
        self.journals: dict[Journal, None] = {}
        """Oldest first; of two that are as big, the older gives way."""

    def make_room(self) -> None:
        """Let the biggest journals forget their oldest entries.

        It frees a little more than it must, so that hardly any call has to look for the biggest.
        """
        room = self.max_bytes - self.max_bytes // 64
        while self.used > room:
            biggest = max(self.journals, key=_bytes_of)
            biggest.forget(max(1, self.used - room))


class Journal:
    """The latest exchanges of a world, oldest first."""

    def __init__(
        self, max_entries: int, max_bytes: int, budget: JournalBudget | None = None
    ) -> None:
        """It shares the budget, if there is one, with the journals of other worlds."""
        self._entries: deque[Exchange] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._budget = budget or JournalBudget(max_bytes)
        self._budget.journals[self] = None
        self._waiters: set[asyncio.Future[None]] = set()
        self._has_ended = False
        self._headers: tuple[Mapping[str, str], int] = ({}, 0)
        self._open: dict[int, Exchange] = {}
        self.bytes = 0
        """About how many bytes the entries keep alive."""
        self.last = 0
        """The number of the latest change, arrivals included; 0 before the first."""
        self.calls = 0
        """The number of the latest call."""

    @property
    def open(self) -> list[Exchange]:
        """The calls that are not over: they wait, or their clients do."""
        return list(self._open.values())

    def add(self, endpoint: str, call: Call, outcome: Outcome) -> None:
        """Record a call with its answer, at the cost of the oldest ones."""
        self.last += 1
        self.calls += 1
        if call.body:
            call.body = cut(call.body, _BODY_BYTES)
        size = self._weigh(call, outcome)
        self._entries.append(Exchange(self.calls, endpoint, call, outcome, size, 1))
        self._make_room(size)

    def wait_for(self, call: Call, wait: Wait) -> None:
        """Record what a call waits for; if it is the first time, that it came."""
        entry, more = self._open.get(wait.number), 0
        if entry is None:
            self.calls = wait.number = self.calls + 1
            entry = self._open[wait.number] = Exchange(wait.number, wait.endpoint, call, None, 0)
            more = self._weigh(call, None)
        self._append(entry, more)

    def finish(self, call: Call, wait: Wait, outcome: Outcome) -> None:
        """Record the outcome of a call, which had to wait or not."""
        wait.seconds = monotonic() - wait.began
        entry = self._open.get(wait.number)
        if entry is None:
            self.add(wait.endpoint, call, outcome)
            return
        entry.outcome = outcome
        more = _weigh_answer(outcome) - len(call.body)
        call.body = cut(call.body, _BODY_BYTES)
        self._append(entry, more + len(call.body))
        if not (isinstance(outcome, Dropped) and outcome.how == "hang"):
            del self._open[wait.number]

    def leave(self, wait: Wait) -> bool:
        """Record that a client has left, if only that ends its call; whether it does."""
        entry = self._open.get(wait.number)
        if entry is None or entry.outcome is None:
            return False
        del self._open[wait.number]
        wait.seconds = monotonic() - wait.began
        self._append(entry, 0)
        return True

    def _append(self, entry: Exchange, more: int) -> None:
        """Put a changed entry last, now that it keeps so many more bytes alive."""
        self.last += 1
        entry.size += more
        entry.places += 1
        if entry.places == 1:  # it is new here, or was forgotten while it waited
            more = entry.size
        self._entries.append(entry)
        self._make_room(more)

    def _make_room(self, more: int) -> None:
        """Forget what is oldest, now that there are so many more bytes; and wake who waits."""
        self.bytes += more
        budget = self._budget
        budget.used += more
        while self.bytes > self._max_bytes or len(self._entries) > self._max_entries:
            self._drop_oldest()
        if budget.used > budget.max_bytes:
            budget.make_room()
        if self._waiters:
            self._wake()

    def forget(self, size: int) -> None:
        """Forget the oldest entries, until they were so many bytes or none is left."""
        kept = max(0, self.bytes - size)
        while self.bytes > kept and self._entries:
            self._drop_oldest()

    def matching(self, wanted: Callable[[Exchange], bool], after: int = 0) -> list[Exchange]:
        """The kept exchanges past number `after` that are wanted."""
        return [entry for entry in self.since(after) if wanted(entry)]

    def since(self, after: int) -> list[Exchange]:
        """The kept exchanges with a change past number `after`, in the order they came."""
        new = min(self.last - after, len(self._entries))
        if new <= 0:
            return []
        changed = {entry.number: entry for entry in islice(reversed(self._entries), new)}
        return [changed[number] for number in sorted(changed)]

    async def wait(
        self, wanted: Callable[[Exchange], bool], count: int, within: float, after: int = 0
    ) -> tuple[list[Exchange], bool]:
        """The wanted ones once there are `count`, or what came `within` so many real seconds.

        The second value says whether time ran out first.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        # Numbers only: who waits for a million calls must not keep them alive.
        came, seen = {entry.number for entry in self.matching(wanted, after)}, self.last
        while len(came) < count and not self._has_ended and await self._came(end - loop.time()):
            came.update(entry.number for entry in self.matching(wanted, seen))
            seen = self.last
        return self.matching(wanted, after), len(came) < count

    @property
    def waiting(self) -> int:
        """How many wait for calls."""
        return len(self._waiters)

    def end(self) -> None:
        """Its world is gone: forget all entries, and let go who waits for more."""
        self.clear()
        self._budget.journals.pop(self, None)
        self._has_ended = True
        self._wake()

    def clear(self) -> None:
        """Forget all entries; numbers go on, so an old cursor stays good."""
        self._entries.clear()
        self._open.clear()
        self._budget.used -= self.bytes
        self.bytes = 0
        self._headers = {}, 0

    async def _came(self, within: float) -> bool:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes with the result.
            async with asyncio.timeout(max(within, 0)):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    def _drop_oldest(self) -> None:
        entry = self._entries.popleft()
        entry.places -= 1
        if not entry.places:
            self.bytes -= entry.size
            self._budget.used -= entry.size

    def _weigh(self, call: Call, outcome: Outcome | None) -> int:
        query = call.query_string
        text = len(call.path) + len(query) + len(call.user)
        params = call._params
        # Who has not asked for the parameters may ask later, as the log does.
        parameters = query.count("&") if params is None else len(params)
        size = _ENTRY_BYTES + text * _CHARACTER_BYTES + parameters * _PARAMETER_BYTES
        if call.headers is not self._headers[0]:
            size += self._weigh_headers(call.headers)
        size += len(call.body)
        if isinstance(outcome, Reply) and not outcome.hint:
            return size + len(outcome.body)
        return size + _weigh_answer(outcome) if outcome else size

    def _weigh_headers(self, headers: Mapping[str, str]) -> int:
        """How many bytes they keep alive.

        Most often they are the client's last ones, and then they are not there a second time.
        """
        names, values = sum(map(getsizeof, headers)), sum(map(getsizeof, headers.values()))
        self._headers = headers, 2 * names + values + len(headers) * _HEADER_BYTES
        return self._headers[1]


def _weigh_answer(outcome: Outcome) -> int:
    hint = len(outcome.hint) * _CHARACTER_BYTES
    return hint + len(outcome.body) if isinstance(outcome, Reply) else hint


def _bytes_of(journal: Journal) -> int:
    return journal.bytes


def cut(data: bytes, most: int) -> bytes:
    """At most so many bytes, without the word at the end that would be cut in two."""
    if len(data) <= most:
        return data
    return _LAST_WORD.sub(b"", data[:most])
