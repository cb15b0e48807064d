"""The load generator: keep-alive connections, each sending its next request once it is answered.

A process of its own on a core of its own, which does so little per answer that the server is what
gets measured. It takes a `Plan` as JSON on stdin and prints what it saw of each server as JSON.

It asks for answers again and again, unless told to sleep until one comes. A sleeper has to be
woken, which the server's own `send` does, on the server's account: some microseconds, the same for
a quick server as for a slow one.
"""

from __future__ import annotations

import gc
import json
import re
import select
import socket
import ssl
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

from .processes import cpu_seconds

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_SHOWN = 80
"""So much of a wrong answer's body is shown."""


@dataclass(frozen=True)
class Target:
    """One server and what it is sent."""

    pid: int
    port: int
    requests: list[str]
    expect: str
    """Stands in the body of every right answer."""
    tls: bool


@dataclass(frozen=True)
class Plan:
    """What to send, and how."""

    targets: list[Target]
    """They take turns, in slices: a slow moment of the machine hits all."""
    warm: int = 0
    """So many requests come first and are not measured: a young process is slow."""
    slices: int = 1
    connections: int = 64
    sleeps: bool = False
    """Whether to sleep until there are answers."""
    pace: float = 0.0
    """Send evenly, at this share of the rate the first target reached while it was warmed up."""
    settle: float = 0.0
    """Seconds of rest at both marks: what a server puts off counts as its work, too."""


@dataclass(frozen=True)
class Seen:
    """What the load generator saw of one server between the marks."""

    seconds: float
    answers: int
    cpu_seconds: float
    """Of the server's process."""
    wrong: dict[str, int]
    """Answers that were not right, by their status line and how their body begins."""
    p99: float
    """Milliseconds; with a pace from when the request was due, else from when it was sent."""
    slowest: float
    busy: float
    """Share of the time with answers to work on: near 1, the generator was the bottleneck."""

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.answers / self.seconds

    @property
    def cpu(self) -> float:
        """Microseconds of the server's CPU time per request."""
        return self.cpu_seconds / self.answers * 1e6


class _Connection:
    __slots__ = ("received", "since", "socket")

    def __init__(self, port: int, tls: ssl.SSLContext | None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="api.weixin.qq.com")
        self.socket.setblocking(False)
        self.received = b""
        self.since = 0.0


class _Load:
    """The connections to one server."""

    def __init__(self, target: Target, connections: int, *, sleeps: bool) -> None:
        self._pid = target.pid
        self._todo = deque(request.encode("latin-1") for request in target.requests)
        self._expect = target.expect.encode()
        self._wait = -1 if sleeps else 0
        self._poll = select.epoll()
        tls = _blind_tls() if target.tls else None
        opened = [_Connection(target.port, tls) for _ in range(connections)]
        self._idle = deque(opened)
        self._connections = {each.socket.fileno(): each for each in opened}
        for each in self._connections:
            self._poll.register(each, select.EPOLLIN)
        self._answers: list[bytes] = []
        self._wrong: Counter[str] = Counter()
        self._unsent = self._unanswered = 0
        """Of this slice."""
        self._due = self._interval = 0.0
        self.mark()

    def mark(self) -> None:
        """Measure from here on; what came before is only looked at for wrong answers."""
        self._before = len(self._answers)
        self._latencies: list[float] = []
        self._seconds = self._worked = 0.0
        self._cpu = cpu_seconds(self._pid)

    def send(self, count: int, interval: float = 0.0) -> float:
        """Send so many of the requests and wait for the answers; how many seconds it took."""
        self._unsent = self._unanswered = count
        self._interval = interval
        started = self._due = time.perf_counter()
        self._send_due()
        while self._unanswered and self._connections:
            if ready := self._poll.poll(0 if interval else self._wait):
                began = time.perf_counter()
                for fd, _ in ready:
                    self._receive(self._connections[fd])
                    self._send_due()
                self._worked += time.perf_counter() - began
            elif interval:
                self._send_due()
        took = time.perf_counter() - started
        self._seconds += took
        return took

    def seen(self) -> Seen:
        """The figures since the mark."""
        cpu = cpu_seconds(self._pid) - self._cpu
        times = sorted(each * 1000 for each in self._latencies) or [0.0]
        for answer in self._answers:
            if flaw := _flaw(answer, self._expect):
                self._wrong[flaw] += 1
        return Seen(
            self._seconds,
            len(self._answers) - self._before,
            cpu,
            dict(self._wrong.most_common(20)),
            p99=times[len(times) * 99 // 100],
            slowest=times[-1],
            busy=self._worked / self._seconds,
        )

    def _send_due(self) -> None:
        while self._idle and self._unsent:
            since = time.perf_counter()
            if self._interval:
                if self._due > since:
                    return
                since = self._due
                self._due += self._interval
            connection = self._idle.popleft()
            connection.since = since
            connection.socket.send(self._todo.popleft())
            self._unsent -= 1

    def _receive(self, connection: _Connection) -> None:
        try:
            data = connection.socket.recv(4096)
        except ssl.SSLWantReadError:
            return
        except ConnectionError:
            data = b""
        connection.received += data
        if not data:
            self._drop(connection)
        elif _is_whole(connection.received):
            self._latencies.append(time.perf_counter() - connection.since)
            self._answers.append(connection.received)
            connection.received = b""
            self._idle.append(connection)
            self._unanswered -= 1

    def _drop(self, connection: _Connection) -> None:
        self._wrong["connection closed"] += 1
        self._unanswered -= 1
        del self._connections[connection.socket.fileno()]
        connection.socket.close()


def _is_whole(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    length = _LENGTH.search(answer, 0, end) if end >= 0 else None
    return length is not None and len(answer) - end - 4 >= int(length[1])


def _flaw(answer: bytes, expect: bytes) -> str:
    """What is wrong with the answer; looked at after the measurement, as it takes time."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 200 ") and expect in body and _is_json_object(body):
        return ""
    status = head.partition(b"\r\n")[0]
    return (status + b" " + body[:_SHOWN]).decode("utf-8", "replace")


def _is_json_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def _blind_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def run(plan: Plan) -> list[Seen]:
    """Do what the plan says."""
    loads = [_Load(each, plan.connections, sleeps=plan.sleeps) for each in plan.targets]
    took = [load.send(plan.warm) for load in loads]
    interval = took[0] / plan.warm / plan.pace if plan.pace else 0.0
    time.sleep(plan.settle)
    for load in loads:
        load.mark()
    for n in range(plan.slices):
        # A B, then B A: what drifts steadily favours nobody.
        for place in range(len(loads))[:: -1 if n % 2 else 1]:
            size = len(plan.targets[place].requests) - plan.warm
            loads[place].send(size * (n + 1) // plan.slices - size * n // plan.slices, interval)
    time.sleep(plan.settle)
    return [load.seen() for load in loads]


def main() -> None:
    gc.disable()  # it ends before there is much garbage, and a pause would count as latency
    fields: dict[str, Any] = json.loads(sys.stdin.read())
    plan = Plan(**fields | {"targets": [Target(**each) for each in fields["targets"]]})
    print(json.dumps([asdict(each) for each in run(plan)]))


if __name__ == "__main__":
    main()
