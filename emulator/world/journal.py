"""What came in, which rule acted, what went out: one `Exchange` per call, bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from sys import getsizeof

from msgspec import Struct
from msgspec.structs import replace

from ..core.call import Call, Dropped, Outcome, Reply

# What an entry, a parameter and a header weigh beyond the texts in them, roughly. All three count:
# a client that sends thousands of short names must not keep more alive than one that sends text.
_ENTRY_BYTES = 450
_PARAMETER_BYTES = 100
_HEADER_BYTES = 80
# A text with one 😀 in it takes four bytes a character. To look would cost more than it tells.
_CHARACTER_BYTES = 4
# How much of a body is kept: one upload must not push out all else.
_BODY_BYTES = 65536


class Exchange(Struct, gc=False):
    """One call with its answer. Secrets are masked when it is shown, not here: most never are."""

    number: int
    """Counts from 1; the cursor of `after`."""
    endpoint: str
    """An endpoint's name, or empty for a call that met none."""
    call: Call
    outcome: Outcome
    size: int
    """About how many bytes it keeps alive."""

    @property
    def errcode(self) -> int | None:
        """WeChat's errcode in the answer, if it is one."""
        return self.outcome.errcode if isinstance(self.outcome, Reply) else None

    @property
    def status(self) -> int | None:
        """The HTTP status, None if the connection was dropped."""
        return None if isinstance(self.outcome, Dropped) else self.outcome.status

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
        self._waiters: list[asyncio.Future[None]] = []
        self._headers: tuple[Mapping[str, str], int] = ({}, 0)
        self.bytes = 0
        """About how many bytes the entries keep alive."""
        self.last = 0
        """The number of the latest exchange; 0 before the first."""

    def add(self, endpoint: str, call: Call, outcome: Outcome) -> None:
        """Record a call with its answer, at the cost of the oldest ones."""
        self.last += 1
        if call.body:
            call = replace(call, body=call.body[:_BODY_BYTES])
        size = self._weigh(call, outcome)
        self._entries.append(Exchange(self.last, endpoint, call, outcome, size))
        self.bytes += size
        budget = self._budget
        budget.used += size
        while self.bytes > self._max_bytes or len(self._entries) > self._max_entries:
            dropped = self._entries.popleft().size  # not `_drop_oldest`: each call passes here
            self.bytes -= dropped
            budget.used -= dropped
        if budget.used > budget.max_bytes:
            budget.make_room()
        if self._waiters:
            self._wake()

    def forget(self, size: int) -> None:
        """Forget the oldest entries, until they were so many bytes or none is left."""
        kept = max(0, self.bytes - size)
        while self.bytes > kept:
            self._drop_oldest()

    def end(self) -> None:
        """Forget all entries, and leave the budget to the others: its world is gone."""
        self.clear()
        self._budget.journals.pop(self, None)

    def matching(self, wanted: Callable[[Exchange], bool], after: int = 0) -> list[Exchange]:
        """The kept exchanges past number `after` that are wanted."""
        return [entry for entry in self.since(after) if wanted(entry)]

    def since(self, after: int) -> list[Exchange]:
        """The kept exchanges past number `after`, oldest first."""
        new = min(self.last - after, len(self._entries))
        if new <= 0:
            return []
        return list(islice(reversed(self._entries), new))[::-1]

    async def wait(
        self, wanted: Callable[[Exchange], bool], count: int, within: float, after: int = 0
    ) -> tuple[list[Exchange], bool]:
        """The wanted ones once there are `count`, or what came `within` so many real seconds.

        The second value says whether time ran out first.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        found, seen = self.matching(wanted, after), self.last
        while len(found) < count:
            if not await self._came(end - loop.time()):
                return found, True
            found += self.matching(wanted, seen)
            seen = self.last
        return found, False

    @property
    def waiting(self) -> int:
        """How many wait for calls."""
        return len(self._waiters)

    def clear(self) -> None:
        """Forget all entries; numbers go on, so an old cursor stays good."""
        self.forget(self.bytes)
        self._headers = {}, 0

    async def _came(self, within: float) -> bool:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await asyncio.wait_for(waiter, max(within, 0))
        except TimeoutError:
            return False
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
        return True

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    def _drop_oldest(self) -> None:
        size = self._entries.popleft().size
        self.bytes -= size
        self._budget.used -= size

    def _weigh(self, call: Call, outcome: Outcome) -> int:
        query = call.query_string
        text = len(call.path) + len(query) + len(call.user) + len(outcome.hint)
        params = call._params
        # Who has not asked for the parameters may ask later, as the log does.
        parameters = query.count("&") if params is None else len(params)
        size = _ENTRY_BYTES + text * _CHARACTER_BYTES + parameters * _PARAMETER_BYTES
        if call.headers is not self._headers[0]:
            size += self._weigh_headers(call.headers)
        size += len(call.body)
        return size + len(outcome.body) if isinstance(outcome, Reply) else size

    def _weigh_headers(self, headers: Mapping[str, str]) -> int:
        """How many bytes they keep alive.

        Most often they are the client's last ones, and then they are not there a second time.
        """
        names, values = sum(map(getsizeof, headers)), sum(map(getsizeof, headers.values()))
        self._headers = headers, 2 * names + values + len(headers) * _HEADER_BYTES
        return self._headers[1]


def _bytes_of(journal: Journal) -> int:
    return journal.bytes
