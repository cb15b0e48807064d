"""Real HTTP clients, each asked once; what came of it is told in a word or two."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
import pytest
import requests

from tests.rules.effects.raw import Connection

Ask = Callable[[str, float], Awaitable[str]]
"""GETs a URL within some seconds: `200 ok`, `502 not json`, or the name of the client's error."""


def told(status: int, body: str) -> str:
    """An answer that came whole."""
    try:
        json.loads(body)
    except ValueError:
        return f"{status} not json"
    return f"{status} ok"


async def ask_aiohttp(url: str, patience: float) -> str:
    timeout = aiohttp.ClientTimeout(total=patience)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            async with session.get(url) as response:
                return told(response.status, await response.text())
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__


async def ask_requests(url: str, patience: float) -> str:
    def ask() -> str:
        with requests.Session() as session:
            session.trust_env = False
            try:
                response = session.get(url, timeout=patience)
            except requests.RequestException as error:
                return type(error).__name__
            return told(response.status_code, response.text)

    return await asyncio.to_thread(ask)


async def ask_httpx(url: str, patience: float) -> str:
    async with httpx.AsyncClient(timeout=patience, trust_env=False) as client:
        try:
            response = await client.get(url)
        except httpx.HTTPError as error:
            return type(error).__name__
        return told(response.status_code, response.text)


async def ask_curl(url: str, patience: float) -> str:
    flags = [
        "--silent",
        "--noproxy",
        "*",
        "--max-time",
        str(patience),
        "--write-out",
        "\n%{http_code}",
    ]
    code, output = await run("curl", *flags, url)
    body, _, status = output.rpartition("\n")
    return f"exit {code}" if code else told(int(status), body)


async def ask_node(url: str, patience: float) -> str:
    script = f"""
        fetch({json.dumps(url)}, {{signal: AbortSignal.timeout({patience * 1000})}})
          .then(async (r) => console.log(r.status + "\\n" + await r.text()))
          .catch((e) => console.log("error\\n" + (e.cause?.code ?? e.name)));
    """
    _, output = await run("node", "--no-warnings", "-e", script)
    status, _, body = output.strip().partition("\n")
    return body if status == "error" else told(int(status), body)


async def ask_socket(url: str, patience: float) -> str:
    address = url.removeprefix("http://")
    host, _, target = address.partition("/")
    async with Connection(int(host.rpartition(":")[2])) as connection:
        try:
            async with asyncio.timeout(patience):
                answer = await connection.ask(f"/{target}")
        except (ConnectionResetError, TimeoutError) as error:
            return type(error).__name__
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head:
        return "end of stream"
    whole = b"Content-Length: %d\r\n" % len(body) in head + b"\r\n"
    return told(int(head[9:12]), body.decode()) if whole else "too few bytes"


async def run(program: str, *arguments: str) -> tuple[int, str]:
    """A program's exit code and output; it has to be there in CI."""
    if shutil.which(program) is None:
        message = f"{program} is not installed, so it was not asked what it makes of faults"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


ASK: dict[str, Ask] = {
    "aiohttp": ask_aiohttp,
    "requests": ask_requests,
    "httpx": ask_httpx,
    "curl": ask_curl,
    "node": ask_node,
    "socket": ask_socket,
}
# fmt: off
TOLD: dict[str, tuple[str, ...]] = {
    # effect: what aiohttp, requests, httpx, curl, Node's fetch and a bare socket make of it
    "reset": ("ClientOSError", "ConnectionError", "ReadError",
              "exit 56", "ECONNRESET", "ConnectionResetError"),
    "close": ("ServerDisconnectedError", "ConnectionError", "RemoteProtocolError",
              "exit 52", "UND_ERR_SOCKET", "end of stream"),
    "lost_reply": ("ServerDisconnectedError", "ConnectionError", "RemoteProtocolError",
                   "exit 52", "UND_ERR_SOCKET", "end of stream"),
    "hang": ("TimeoutError", "ReadTimeout", "ReadTimeout",
             "exit 28", "TimeoutError", "TimeoutError"),
    "truncate-20": ("ClientPayloadError", "ChunkedEncodingError", "RemoteProtocolError",
                    "exit 18", "UND_ERR_SOCKET", "too few bytes"),
    "dribble-50ms": ("200 ok",) * 6,
    "status-502": ("502 not json",) * 6,
    "status-412": ("412 not json",) * 6,
    "body": ("200 not json",) * 6,
    "delay-0s": ("200 ok",) * 6,
}
# fmt: on
