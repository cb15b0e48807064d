"""A long run: a server must end where it began, whatever came in between. `make soak`.

In each round other users log in, worlds are made and deleted, clients leave in the middle of
things, and the clock moves on by days, so that all that can end does end. Memory, connections,
worlds and calls that wait are looked at when it is warm, and in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct, json

from tests.process import Process, serving
from tests.support import APPID, SECRET, jscode2session, request, scripted

CONNECTIONS = 16
PER_ROUND = 2_000
WARM = 80_000
"""Exchanges after which the journal is full, and every cache that knows other users."""
STEP = "5d"
TOLERANCE = 1.1
# Small enough that all are full by then.
BOUNDS = ("--journal-bytes", "4000000", "--all-journals-bytes", "8000000")
TWENTY_WORLDS = [f"w{n}" for n in range(20)]
_UPLOAD = b"POST /cgi-bin/stable_token HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
LEAVES = {
    "before its head is whole": b"GET /sns/jscode2session HTTP/1.1\r\nHost: x\r\n",
    "in its body": _UPLOAD + b"x" * 300_000,
    "at a delay": request(scripted("delay-1h")),
    "at a hang": request(scripted("hang")),
    "waiting for calls": request("/_emulator/v1/requests/wait?timeout=9m&count=1000000"),
    "before its answer": request(scripted()),
    "after nothing": b"",
}


class Level(Struct):
    """How much a server holds."""

    resident: int
    """Bytes."""
    files: int
    worlds: int
    waiting: int


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Client:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def call(self, target: str, method: str = "GET", body: Any = None) -> bytes:
        """The body of the answer, which has to be a 200."""
        sent = b"" if body is None else json.encode(body)
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        if b"Transfer-Encoding: chunked" in answer:
            return b"".join([piece async for piece in self._pieces()])
        length = int(answer.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        return await self._reader.readexactly(length)

    async def control(self, method: str, route: str, body: Any = None, world: str = "") -> Any:
        """What the control API answers."""
        base = f"/w/{world}" if world else ""
        return json.decode(await self.call(f"{base}/_emulator/v1/{route}", method, body))

    async def _pieces(self) -> Any:
        while size := int(await self._reader.readline(), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()


async def log_in_others(port: int, client: Client, users: list[str]) -> None:
    """Exchange a code of each of the users once, on all connections at the same time."""
    body = {"appid": APPID, "users": users, "count": len(users)}
    lines = await client.call("/_emulator/v1/codes", "POST", body)
    codes: Iterator[str] = (json.decode(line)["code"] for line in lines.splitlines())

    async def exchange() -> None:
        async with Client(port) as mine:
            for code in codes:
                answer = await mine.call(jscode2session(js_code=code))
                assert b'"session_key"' in answer, answer

    await asyncio.gather(*(exchange() for _ in range(CONNECTIONS)))


async def make_and_delete_worlds(client: Client) -> None:
    """Log in, use a rule and a token in each, and delete it."""
    for world in TWENTY_WORLDS:
        await client.control(
            "POST", "rules", {"on": "*", "times": 1, "then": {"errcode": -1}}, world
        )
        for _ in range(2):
            await client.call(f"/w/{world}{jscode2session(js_code='emu.alice')}")
        token = f"grant_type=client_credential&appid={APPID}&secret={SECRET}"
        await client.call(f"/w/{world}/cgi-bin/token?{token}")
        await client.control("DELETE", f"worlds/{world}")


async def leave(port: int) -> None:
    """Connect, send something, and go."""
    for sent in LEAVES.values():
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        await writer.drain()
        writer.transport.abort()


async def level(server: Process, client: Client) -> Level:
    """What the server holds once it has forgotten what has ended."""
    for _ in range(100):
        health = await client.control("GET", "health")
        if not health["waiting"]:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(3)  # the housekeeping's turn, as this is a long run
    pid = server.popen.pid
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Level(
        pages * os.sysconf("SC_PAGE_SIZE"),
        len(os.listdir(f"/proc/{pid}/fd")),
        len((await client.control("GET", "worlds"))["worlds"]),
        len(health["waiting"]),
    )


async def run(server: Process, exchanges: int, seconds: float) -> list[Level]:
    """The levels once it is warm and in the end."""
    levels: list[Level] = []
    started, done = time.monotonic(), 0
    async with Client(server.port) as client:
        while done < exchanges:
            users = [f"u{done + n}" for n in range(PER_ROUND)]
            await log_in_others(server.port, client, users)
            await make_and_delete_worlds(client)
            await leave(server.port)
            await client.control("POST", "clock/advance", {"by": STEP})
            done += PER_ROUND
            if done == WARM:
                levels.append(await level(server, client))
                print(f"{done:,} exchanges: {levels[0]}", flush=True)
            pause = seconds * done / exchanges - (time.monotonic() - started)
            await asyncio.sleep(max(0.0, pause))
        levels.append(await level(server, client))
    took = time.monotonic() - started
    print(f"{done:,} exchanges in {took:.0f} s: {levels[1]}")
    return levels


def main() -> int:
    """0 if the server ended where it began."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--exchanges", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=600, help="at least, spread over the run")
    chosen = parser.parse_args()
    with serving("--log", "off", *BOUNDS) as server:
        before, after = asyncio.run(run(server, chosen.exchanges, chosen.seconds))
        _, code, _, said = server.stop()
    ratio = after.resident / before.resident
    print(f"memory in the end / once warm: {ratio:.3f} (at most {TOLERANCE})")
    same = (after.files, after.worlds, after.waiting) == (before.files, before.worlds, 0)
    if ratio <= TOLERANCE and same and (code, said) == (0, ""):
        return 0
    print(f"not where it began: {before} {after}, exit code {code}\n{said}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
