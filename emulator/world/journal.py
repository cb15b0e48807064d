"""What came in, which rule acted, what went out: one `Exchange` per call, bounded."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from ..core.call import Call, Dropped, Outcome, Reply

# What an entry weighs beyond the texts it holds, roughly.
_ENTRY_BYTES = 600
# How much of a body is kept: one upload must not push out all else.
_BODY_BYTES = 65536
_LAST_WORD = re.compile(rb"[\w+/=%\\-]{1,600}+\Z")


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


class Journal:
    """The latest exchanges of a world, oldest first."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._entries: deque[Exchange] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._headers: tuple[Mapping[str, str], int] = ({}, 0)
        self.last = 0
        """The number of the latest exchange; 0 before the first."""

    def add(self, endpoint: str, call: Call, outcome: Outcome) -> None:
        """Record a call with its answer, at the cost of the oldest ones."""
        self.last += 1
        size = _ENTRY_BYTES + len(call.path) + len(call.query_string) + self._weigh(call.headers)
        if call.body:
            call = replace(call, body=cut(call.body, _BODY_BYTES))
            size += len(call.body)
        if isinstance(outcome, Reply):
            size += len(outcome.body)
        self._entries.append(Exchange(self.last, endpoint, call, outcome, size))
        self._bytes += size
        while self._bytes > self._max_bytes or len(self._entries) > self._max_entries:
            self._bytes -= self._entries.popleft().size
        if self._waiters:
            self._wake()

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

    def clear(self) -> None:
        """Forget all entries; numbers go on, so an old cursor stays good."""
        self._entries.clear()
        self._bytes = 0

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

    def _weigh(self, headers: Mapping[str, str]) -> int:
        """How many characters their values have: most often they are the client's last ones."""
        if headers is not self._headers[0]:
            self._headers = headers, sum(map(len, headers.values()))
        return self._headers[1]


def cut(data: bytes, most: int) -> bytes:
    """At most so many bytes, without the word at the end that would be cut in two."""
    if len(data) <= most:
        return data
    return _LAST_WORD.sub(b"", data[:most])
