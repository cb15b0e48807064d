"""Clients that stop half-way, that send too much, that leave, and that are too many.

Each says what nginx, which stands before WeChat, or aiohttp alone would do.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import tracemalloc
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.process import AT_ONCE, serving
from tests.support import FastForward, Harness, StartEmulator, request, scripted

HEAD = b"GET /sns/jscode2session HTTP/1.1\r\nHost: x\r\n"
BODY = b"POST /cgi-bin/stable_token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
KEPT = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.read(), AT_ONCE)


# nginx ends each of these after 60 s (client_header_timeout, client_body_timeout); aiohttp closes
# the first when its keep-alive time is over, without a word, and keeps the second for ever.
SLOW = {
    "half a head": (HEAD, "the head was not whole after 60 s"),
    "a head that drips": (b"GET", "the head was not whole after 60 s"),
    "half a body": (BODY, "the body stopped: nothing came for 60 s"),
    "half a head behind a request": (KEPT + HEAD, None),
}


@pytest.mark.parametrize("name", SLOW)
async def test_a_request_that_stops_half_way_is_408(
    emulator: Harness, fast_forward: FastForward, name: str
) -> None:
    sent, why = SLOW[name]
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    with closing(writer):
        writer.write(sent)
        await emulator.send(request("/livez"))
        fast_forward(80)
        answers = await until_closed(reader)
    if why:
        assert answers.startswith(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n")
        assert answers.endswith(f"408 Request Timeout: {why}\n".encode())
        assert (await emulator.latest())["hint"] == why
    else:
        assert answers.count(b"HTTP/1.1") == 1


async def test_each_byte_of_a_head_does_not_buy_more_time(
    emulator: Harness, fast_forward: FastForward
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    with closing(writer):
        writer.write(HEAD)
        for _ in range(5):
            writer.write(b"X")
            await emulator.send(request("/livez"))
            fast_forward(13)
        assert b" 408 " in await until_closed(reader)


async def test_each_piece_of_a_body_buys_more_time(
    emulator: Harness, fast_forward: FastForward
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    with closing(writer):
        writer.write(BODY)
        for _ in range(99):
            await emulator.send(request("/livez"))
            fast_forward(50)
            writer.write(b" ")
        assert b'"errcode":' in await asyncio.wait_for(reader.readuntil(b"}"), AT_ONCE)


async def test_who_does_not_read_his_answers_is_cut_off(
    emulator: Harness, fast_forward: FastForward
) -> None:
    """As nginx's send_timeout does; aiohttp waits for ever."""
    await emulator.rule({"body": "x" * 900_000})
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port, limit=1024)
    with closing(writer):
        writer.write((HEAD + b"\r\n") * 10)
        await emulator.control("GET", "requests/wait")
        for _ in range(3):
            fast_forward(60)
            await emulator.send(request("/livez"))
        assert (await until_closed(reader)).count(b"HTTP/1.1 200") < 10


async def test_all_four_can_be_set(
    start_emulator: StartEmulator, fast_forward: FastForward
) -> None:
    emulator = await start_emulator(head_timeout=3, body_timeout=4, idle_timeout=5)
    for sent, seconds, wanted in ((HEAD, 3, b"408"), (BODY, 4, b"408"), (KEPT, 5, b"ok\n")):
        reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
        writer.write(sent)
        await emulator.send(request("/livez"))
        fast_forward(seconds + 0.1)
        assert wanted in await until_closed(reader)
        writer.close()


# nginx: client_max_body_size, 413 and the connection closed; aiohttp: 413 in words of its own.
TOO_MUCH = [
    ("/cgi-bin/stable_token", 2**20),
    ("/wxa/img_sec_check", 2**21),
    ("/_emulator/v1/wx/login", 2**23),
    ("/_emulator/v1/scenario", 2**26),
    ("/_emulator/v1/state", 2**26),
]


@pytest.mark.parametrize(("path", "limit"), TOO_MUCH)
@pytest.mark.parametrize("form", ["Content-Length: {}", "Transfer-Encoding: chunked"])
async def test_a_body_past_the_limit_is_413_and_says_it(
    emulator: Harness, path: str, limit: int, form: str
) -> None:
    json = "Content-Type: application/json"
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\n{json}\r\n{form.format(limit + 1)}\r\n\r\n".encode()
    body = b"%x\r\n%b\r\n" % (limit + 1, b" " * (limit + 1)) if "chunked" in form else b""
    answer = await emulator.send(head + body)
    assert answer.startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")
    assert answer.endswith(f": expected a body of at most {limit:,} bytes\n".encode())
    assert (await emulator.latest())["answer"]["status"] == 413


async def test_an_aborted_upload_leaves_nothing(emulator: Harness) -> None:
    """8 of 200 MB left 1,450 MB in a cycle of a traceback; nginx and aiohttp keep nothing."""
    head = b"PUT /_emulator/v1/scenario HTTP/1.1\r\nHost: x\r\nContent-Type: application/yaml\r\n"
    await emulator.send_and_leave(head + b"Content-Length: 60000000\r\n\r\n" + b"x" * 100)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(4):
            await upload_half(emulator, head + b"Content-Length: 60000000\r\n\r\n")
        await emulator.control("GET", "requests/wait?count=5")
        left = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert left < 4_000_000


async def upload_half(emulator: Harness, head: bytes) -> None:
    """Send half of a body, and hang up."""
    _, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(head)
    for _ in range(30):
        writer.write(b"x" * 1_000_000)
        await writer.drain()
    writer.transport.abort()


# nginx closes the connection to what stands behind it, and logs 499; aiohttp goes on for ever.
WAITS = {"a delay": "delay-1h", "a hang": "hang"}


@pytest.mark.parametrize("word", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("leave", ["abort", "close", "write_eof"])
async def test_a_client_that_left_ends_its_call(emulator: Harness, word: str, leave: str) -> None:
    tasks = len(asyncio.all_tasks())
    _, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request(scripted(word)))
    await emulator.send(request("/livez"))
    getattr(writer.transport, leave)()
    await until(lambda: len(asyncio.all_tasks()) == tasks)
    writer.close()


async def test_the_journal_knows_that_the_client_left(emulator: Harness) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request(scripted("delay-1h")))
    await emulator.send(request("/livez"))
    writer.transport.abort()
    await emulator.control("GET", "requests/wait")
    assert (await emulator.latest())["state"] == "left"


@pytest.mark.parametrize("leave", ["abort", "close", "write_eof"])
async def test_a_client_that_left_waits_for_no_calls(emulator: Harness, leave: str) -> None:
    """2,000 dead waiters cost each call 37 ms."""
    tasks = len(asyncio.all_tasks())
    wait = request("/_emulator/v1/requests/wait?timeout=1m")
    writers = [(await asyncio.open_connection("127.0.0.1", emulator.port))[1] for _ in range(20)]
    for writer in writers:
        writer.write(wait)
    await emulator.send(request("/livez"))
    for writer in writers:
        getattr(writer.transport, leave)()
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    for writer in writers:
        writer.close()


async def test_a_deleted_world_lets_go_of_who_waits_in_it(emulator: Harness) -> None:
    waits = ("/_emulator/v1/requests/wait?timeout=1m&count=9", scripted("hang"))
    ended = [
        asyncio.ensure_future(emulator.send(request("/w/other" + target)))
        for target in (*waits, scripted("delay-1h"))
    ]
    while len((await emulator.control("GET", "worlds"))["worlds"]) < 2:
        await emulator.send(request("/livez"))
    await emulator.send(request("/livez"))
    await emulator.control("DELETE", "worlds/other")
    waiter, hung, delayed = await asyncio.wait_for(asyncio.gather(*ended), AT_ONCE)
    assert b'"timedOut":true' in waiter
    assert hung == b""
    assert b'"session_key":' in delayed


async def until(is_so: Callable[[], bool]) -> None:
    """Give the others their turns until it is so."""
    async with asyncio.timeout(AT_ONCE):
        while not is_so():  # noqa: ASYNC110  # turns for the others, not polling
            await asyncio.sleep(0)


# nginx ignores an offer that it does not take; aiohttp's parser stops reading after one.
OFFERS = {
    "h2c, as Java's HttpClient has it": (
        "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAA",
    ),
    "a websocket": ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"),
}  # fmt: skip


@pytest.mark.parametrize("lines", OFFERS.values(), ids=OFFERS)
async def test_an_upgrade_is_not_taken_and_the_connection_goes_on(
    emulator: Harness, lines: tuple[str, ...]
) -> None:
    call = "\r\n".join(["GET /sns/jscode2session HTTP/1.1", "Host: x", *lines, "", ""]).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    with closing(writer):
        for _ in range(3):
            writer.write(call)
            assert await asyncio.wait_for(reader.readuntil(b'"}'), AT_ONCE)
        writer.write(request("/livez"))
        assert (await until_closed(reader)).endswith(b"ok\n")


async def test_http_1_0_is_never_told_to_go_on(emulator: Harness) -> None:
    """As nginx: Expect is HTTP/1.1's."""
    head = b"POST /cgi-bin/stable_token HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
    assert (await emulator.send(head + b"\r\n{}")).startswith(b"HTTP/1.1 200 OK\r\n")


# A parser's 400 never repeats what came, which may hold a secret or a terminal's control bytes.
NO_HTTP = {
    "no HTTP": b"hidden there\r\n\r\n",
    "raw Chinese in a URL": "GET /sns/hidden?小=艾 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "a bad header": b"GET / HTTP/1.1\r\nHost: x\r\nhid den: x\r\n\r\n",
    "a long line": b"GET /hidden" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a bad length": b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: hidden\r\n\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
async def test_what_is_no_http_has_a_line_and_an_entry_in_our_words(
    emulator: Harness, capsys: pytest.CaptureFixture[str], sent: bytes
) -> None:
    answer = await emulator.send(sent)
    entry = await emulator.latest()
    await emulator.server.stop()
    said = capsys.readouterr().err
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert entry["hint"] in answer.decode()
    assert f"-> 400: {entry['hint']}" in said
    assert "hidden" not in f"{answer!r} {entry} {said}"


def test_a_server_without_file_descriptors_says_so_in_a_line_and_recovers() -> None:
    """64 descriptors and 100 clients made 31 MB of tracebacks; nginx says it in a line, too."""
    with serving(WECHAT_EMULATOR_QUIET="1") as server:
        resource.prlimit(server.popen.pid, resource.RLIMIT_NOFILE, (40, 4096))
        asyncio.run(crowd(server.port))
        _, code, _, err = server.stop(signal.SIGTERM)
    assert code == 0
    assert "no further client is let in until some leave: Too many open files" in err
    assert err.count("\n") < 15
    assert "Traceback" not in err


async def crowd(port: int) -> None:
    """A hundred clients; those who are in are served, and the rest once some have left."""
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
    for reader, writer in clients[:10] * 5:
        writer.write(KEPT)
        assert await asyncio.wait_for(reader.readuntil(b"ok\n"), AT_ONCE)
    for _, writer in clients[:80]:
        writer.close()
    for reader, writer in clients[80:]:
        writer.write(KEPT)
        assert await asyncio.wait_for(reader.readuntil(b"ok\n"), AT_ONCE)
        writer.close()
