"""The load generator: keep-alive connections, each sending its next request once it is answered.

A process of its own on a core of its own, which does so little per answer that the server is what
gets measured. It takes a plan as JSON on stdin and prints what it saw as JSON.
"""

from __future__ import annotations

import json
import re
import select
import socket
import ssl
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Seen:
    """What one run of the load generator saw."""

    seconds: float
    answers: int
    failures: dict[str, int]
    """What was not a success, by how its body begins."""
    p50: float
    """Milliseconds, as all latencies."""
    p99: float
    slowest: float
    busy: float
    """Share of the time this process was computing: well under 1, or it was the bottleneck."""


class _Client:
    __slots__ = ("received", "sent_at", "socket")

    def __init__(self, port: int, tls: ssl.SSLContext | None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="api.weixin.qq.com")
        self.socket.setblocking(False)
        self.received = b""
        self.sent_at = 0.0


class _Load:
    def __init__(self, requests: list[bytes], expect: bytes) -> None:
        self._todo: Iterator[bytes] = iter(requests)
        self._expect = expect
        self._poll = select.epoll()
        self._clients: dict[int, _Client] = {}
        self._latencies: list[float] = []
        self._failures: Counter[str] = Counter()

    def run(self, port: int, connections: int, tls: ssl.SSLContext | None) -> Seen:
        clients = [_Client(port, tls) for _ in range(connections)]
        started, computed = time.perf_counter(), time.process_time()
        for client in clients:
            self._clients[client.socket.fileno()] = client
            self._poll.register(client.socket, select.EPOLLIN)
            self._send_next(client)
        while self._clients:
            for fd, _ in self._poll.poll():
                self._receive(self._clients[fd])
        return self._seen(time.perf_counter() - started, time.process_time() - computed)

    def _send_next(self, client: _Client) -> None:
        request = next(self._todo, None)
        if request is None:
            self._drop(client)
            return
        client.sent_at = time.perf_counter()
        client.socket.send(request)

    def _receive(self, client: _Client) -> None:
        try:
            data = client.socket.recv(65536)
        except ssl.SSLWantReadError:
            return
        except ConnectionError:
            data = b""
        client.received += data
        if not data:
            self._failures["connection closed"] += 1
            self._drop(client)
        elif (body := _body(client.received)) is not None:
            self._latencies.append(time.perf_counter() - client.sent_at)
            if self._expect not in body:
                self._failures[body[:60].decode("utf-8", "replace")] += 1
            client.received = b""
            self._send_next(client)

    def _drop(self, client: _Client) -> None:
        del self._clients[client.socket.fileno()]
        client.socket.close()

    def _seen(self, seconds: float, computed: float) -> Seen:
        times = sorted(each * 1000 for each in self._latencies) or [0.0]
        return Seen(
            seconds,
            len(self._latencies),
            dict(self._failures.most_common(20)),
            p50=times[len(times) // 2],
            p99=times[len(times) * 99 // 100],
            slowest=times[-1],
            busy=computed / seconds,
        )


def _body(answer: bytes) -> bytes | None:
    """The body once it is whole."""
    head, blank, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head) if blank else None
    return body if length and len(body) >= int(length[1]) else None


def _blind_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def main() -> None:
    plan = json.load(sys.stdin)
    requests = [each.encode("latin-1") for each in plan["requests"]]
    tls = _blind_tls() if plan["tls"] else None
    seen = _Load(requests, plan["expect"].encode()).run(plan["port"], plan["connections"], tls)
    print(json.dumps(asdict(seen)))


if __name__ == "__main__":
    main()
