"""What came in and what went out: filtered, waited for, bounded, and never a secret in it."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace
from multidict import CIMultiDict

from emulator.control import requests
from emulator.core.call import Call, Dropped, Outcome, Reply
from emulator.world.journal import Journal, JournalBudget
from tests.process import AT_ONCE
from tests.support import APPID, NOON, OTHER_APPID, SECRET, Harness, StartEmulator, request


async def fill(emulator: Harness) -> list[str]:
    """Alice logs in twice with one code, Bob once, somebody without a code."""
    codes = [await emulator.login("alice"), await emulator.login("bob", appid=OTHER_APPID)]
    await emulator.exchange(codes[0])
    await emulator.exchange(codes[0])
    await emulator.exchange(codes[1], appid=OTHER_APPID)
    await emulator.get("/sns/jscode2session")
    return codes


FILTERS = [
    ({}, [1, 2, 3, 4]),
    ({"user": "alice"}, [1, 2]),
    ({"user": "carol"}, []),
    ({"appid": OTHER_APPID}, [3]),
    ({"errcode": "40163"}, [2]),
    ({"errcode": "0"}, [1, 3]),
    ({"endpoint": "jscode2session", "after": "2"}, [3, 4]),
    ({"endpoint": "token"}, []),
    ({"after": "4"}, []),
    ({"after": "99"}, []),
    ({"after": "-1"}, [1, 2, 3, 4]),
    ({"user": "alice", "errcode": "0"}, [1]),
]


@pytest.mark.parametrize(("filters", "numbers"), FILTERS)
async def test_filters(emulator: Harness, filters: dict[str, str], numbers: list[int]) -> None:
    await fill(emulator)
    query = urlencode(filters)
    page = await emulator.control("GET", f"requests?{query}")
    assert [entry["number"] for entry in page["requests"]] == numbers
    assert page["next"] == 4
    assert await emulator.control("GET", f"requests/count?{query}") == {"count": len(numbers)}


async def test_a_js_code_finds_its_calls(emulator: Harness) -> None:
    code, _ = await fill(emulator)
    page = await emulator.control("GET", f"requests?js_code={code}")
    assert [entry["number"] for entry in page["requests"]] == [1, 2]


async def test_an_entry_tells_the_whole_call(emulator: Harness) -> None:
    await emulator.freeze(NOON)
    code = await emulator.login()
    await emulator.exchange(code, secret="x" * 12)
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry | {"answer": None} == {
        "number": 1,
        "state": "answered",
        "waitsFor": None,
        "durationMs": 0,
        "connection": entry["connection"],
        "at": "2026-01-01T04:00:00.000Z",
        "endpoint": "jscode2session",
        "method": "GET",
        "path": "/sns/jscode2session",
        "query": f"appid={APPID}&secret=****xxxx&js_code={code}&grant_type=authorization_code",
        "requestBody": "",
        "peer": "127.0.0.1",
        "appid": APPID,
        "user": "alice",
        "js_code": code,
        "errcode": None,
        "hint": None,
        "rules": [],
        "answer": None,
    }
    assert entry["answer"]["status"] == 200
    assert entry["answer"]["contentType"] == "text/plain"


async def test_the_cursor_goes_on_where_the_last_page_ended(emulator: Harness) -> None:
    await fill(emulator)
    cursor = (await emulator.control("GET", "requests"))["next"]
    await emulator.get("/cgi-bin/token")
    page = await emulator.control("GET", f"requests?after={cursor}")
    assert [entry["endpoint"] for entry in page["requests"]] == ["token"]


async def test_wait_answers_as_soon_as_enough_calls_came(emulator: Harness) -> None:
    await emulator.exchange("first")
    waiting = asyncio.create_task(
        emulator.control("GET", "requests/wait?count=2&endpoint=jscode2session&timeout=10s")
    )
    await someone_waits(emulator)
    await emulator.get("/cgi-bin/token")
    await emulator.exchange("second")
    page = await waiting
    assert page["timedOut"] is False
    assert [entry["js_code"] for entry in page["requests"]] == ["first", "second"]


async def someone_waits(emulator: Harness) -> None:
    while not emulator.world().journal._waiters:  # noqa: ASYNC110  # turns of the loop, no time
        await asyncio.sleep(0)


async def test_so_many_wait_and_no_more(emulator: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_MOST_WAITERS", 1)
    waiting = asyncio.create_task(emulator.control("GET", "requests/wait"))
    await someone_waits(emulator)
    status, problem = await emulator.call_control("GET", "requests/wait")
    assert (status, problem["title"]) == (429, "Too many wait")
    await emulator.exchange("x")
    assert len((await waiting)["requests"]) == 1


async def test_each_call_is_waited_for_once(emulator: Harness) -> None:
    waiting = asyncio.create_task(emulator.control("GET", "requests/wait?count=3"))
    await someone_waits(emulator)
    for code in ("first", "second", "third"):
        await emulator.exchange(code)
    assert [entry["js_code"] for entry in (await waiting)["requests"]] == [
        "first", "second", "third",
    ]  # fmt: skip


@pytest.mark.parametrize("within", ["0", "1ms"])
async def test_wait_gives_what_there_is_when_time_runs_out(emulator: Harness, within: str) -> None:
    await emulator.exchange("only")
    page = await emulator.control("GET", f"requests/wait?count=2&timeout={within}")
    assert page["timedOut"] is True
    assert len(page["requests"]) == 1


async def test_no_wait_leads_back(emulator: Harness) -> None:
    status, problem = await emulator.call_control("GET", "requests/wait?timeout=-1s")
    assert status == 422
    assert "timeout: expected" in problem["detail"]


async def test_wait_does_not_wait_for_what_is_there(emulator: Harness) -> None:
    await emulator.exchange("x")
    page = await emulator.control("GET", "requests/wait?timeout=600s")
    assert page["timedOut"] is False
    assert (await emulator.control("GET", "requests/wait?count=0"))["timedOut"] is False


async def test_the_server_stops_while_someone_waits(emulator: Harness) -> None:
    target = "/_emulator/v1/requests/wait?timeout=600s"
    waiting = asyncio.create_task(emulator.send(request(target)))
    await someone_waits(emulator)
    await asyncio.wait_for(emulator.server.stop(), AT_ONCE)
    assert await waiting == b""


async def test_the_journal_is_bounded_in_entries(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(journal_entries=3)
    for n in range(5):
        await emulator.exchange(str(n))
    page = await emulator.control("GET", "requests")
    assert [entry["js_code"] for entry in page["requests"]] == ["2", "3", "4"]
    assert [entry["number"] for entry in page["requests"]] == [3, 4, 5]


def call(query: str = "", body: bytes = b"", headers: dict[str, str] | None = None) -> Call:
    return Call("GET", "/sns/x", query, CIMultiDict(headers or {}), body, "127.0.0.1", 0.0)


BIG = 5000
WEIGHTY: dict[str, tuple[Call, Outcome]] = {
    "a path": (Call("GET", "/" + "p" * BIG, "", {}, b"", "", 0.0), Reply()),
    "a query": (call("q" * BIG), Reply()),
    "parameters": (call("&".join(f"{n}=" for n in range(BIG // 100))), Reply()),
    "a body": (call(body=b"b" * BIG), Reply()),
    "a header's value": (call(headers={"Cookie": "c" * BIG}), Reply()),
    "a header's name": (call(headers={"c" * BIG: ""}), Reply()),
    "headers": (call(headers={str(n): "" for n in range(BIG // 100)}), Reply()),
    "an answer": (call(), Reply(b"r" * BIG)),
    "a hint": (call(), Reply(hint="h" * BIG)),
    "a hint of no answer": (call(), Dropped("close", "h" * BIG)),
    "a user": (Call("GET", "/x", "", {}, b"", "", 0.0, user="u" * BIG), Reply()),
}


@pytest.mark.parametrize("name", WEIGHTY)
def test_the_journal_is_bounded_in_bytes(name: str) -> None:
    made, outcome = WEIGHTY[name]
    journal = Journal(1000, 60_000)
    for _ in range(100):
        journal.add("x", replace(made, headers=CIMultiDict(made.headers)), outcome)
    assert 1 <= len(journal.since(0)) <= 60_000 // BIG


@pytest.mark.parametrize("query", ["a=b", "&".join(f"n{n}=v{n}" for n in range(500)), "%20" * 900])
@pytest.mark.parametrize("headers", [3, 200])
def test_it_knows_about_how_much_memory_it_takes(query: str, headers: int) -> None:
    journal = Journal(1000, 100_000_000)
    tracemalloc.start()
    try:
        for n in range(50):
            named = {f"Name-{n}-{i}": f"value {n} {i}" for i in range(headers)}
            made = call(f"{query}&x={n}", headers=named)
            journal.add("x", made, Reply())
            assert made.params["x"] == str(n), "as a filter asks later"
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.7 * taken <= journal.bytes <= 4 * taken


def test_headers_that_calls_share_count_once() -> None:
    journal = Journal(1000, 100_000)
    made = call(headers={"Cookie": "c" * 50_000})
    for _ in range(50):
        journal.add("x", made, Reply())
    assert len(journal.since(0)) == 50


def test_worlds_share_one_budget_and_the_biggest_gives_way() -> None:
    budget = JournalBudget(64 * BIG)
    big, small = Journal(1000, 10**9, budget), Journal(1000, 10**9, budget)
    small.add("first", call(body=b"b" * BIG), Reply())
    for _ in range(100):
        big.add("x", call(body=b"b" * BIG), Reply())
        assert budget.used == big.bytes + small.bytes <= budget.max_bytes
    assert [entry.endpoint for entry in small.since(0)] == ["first"]
    kept = [entry.number for entry in big.since(0)]
    assert kept == list(range(kept[0], 101))
    assert len(kept) >= 50


def test_an_entry_too_big_for_the_budget_is_not_kept() -> None:
    budget = JournalBudget(BIG)
    journal = Journal(1000, 10**9, budget)
    journal.add("x", call(body=b"b" * BIG), Reply())
    assert (journal.since(0), budget.used, journal.last) == ([], 0, 1)


def test_a_journal_that_ended_leaves_the_budget_to_the_others() -> None:
    budget = JournalBudget(BIG)
    journal = Journal(1000, 10**9, budget)
    journal.add("x", call(), Reply())
    journal.end()
    assert (budget.used, budget.journals) == (0, {})


def test_one_upload_does_not_push_out_the_rest() -> None:
    journal = Journal(1000, 1_000_000)
    journal.add("first", call(), Reply())
    journal.add("upload", call(body=b"x" * 10_000_000), Reply())
    assert [entry.endpoint for entry in journal.since(0)] == ["first", "upload"]


def test_a_cleared_journal_has_all_its_room_again() -> None:
    journal = Journal(1000, 60_000)
    for _ in range(2):
        journal.add("upload", call(body=b"b" * 50_000), Reply())
        assert len(journal.since(0)) == 1
        journal.clear()
    for _ in range(5):
        journal.add("x", call(), Reply())
    assert len(journal.since(0)) == 5


def test_without_room_nothing_is_kept() -> None:
    journal = Journal(0, 0)
    journal.add("x", call(), Dropped("close"))
    assert journal.since(0) == []
    assert journal.last == 1


async def test_an_aborted_call_is_neither_a_success_nor_an_error() -> None:
    journal = Journal(10, 10_000)
    journal.add("x", call(), Dropped("reset"))
    (entry,) = journal.since(0)
    assert (entry.errcode, entry.status, entry.errcode_or_0) == (None, None, None)


async def test_a_page_of_the_gateways_is_neither(emulator: Harness) -> None:
    await emulator.rule({"status": 502})
    async with emulator.http.get(emulator.url + "/sns/jscode2session"):
        pass
    assert await emulator.control("GET", "requests/count") == {"count": 1}
    assert await emulator.control("GET", "requests/count?errcode=0") == {"count": 0}


PHONE, KEY = "13800138000", "DdDL/d4KQ2BmyZmUerjSAg=="
TOKEN = "89_tOri5TsvDkrfmylnmdK5Ap1lQ1eG6hlx5Yfjf7IezW2C4PT2"
LEAKS: list[tuple[str, str, bytes]] = [
    ("GET", f"/sns/jscode2session?secret={SECRET}", b""),
    ("GET", f"/sns/jscode2session?SECRET={SECRET}", b""),
    ("GET", f"/sns/jscode2session?appsecret={SECRET}&appid=x", b""),
    ("GET", f"/sns/jscode2session?appid=1&amp;secret={SECRET}", b""),
    ("GET", f"/sns/jscode2session&appid=1&secret={SECRET}", b""),
    ("GET", f"/jscode2session&appid=1&secret={SECRET}", b""),
    ("GET", f"/wxa/checksession?access_token={TOKEN}", b""),
    ("GET", f"/sns/oauth2/refresh_token?refresh_token={TOKEN}", b""),
    ("POST", "/sns/jscode2session", f"appid=1&secret={SECRET}".encode()),
    ("POST", "/sns/jscode2session", b'{"secret": "%s"}' % SECRET.encode()),
    ("POST", "/cgi-bin/stable_token", b'{"appid":"x","secret":"%s"}' % SECRET.encode()),
    ("POST", "/wxa/x", rb'{"session_key": "%s"}' % KEY.replace("/", r"\/").encode()),
    ("POST", "/wxa/x", b'{"purePhoneNumber": %s, "x": 1}' % PHONE.encode()),
    ("POST", "/wxa/x", b'{"sessionKey": "%s"}' % (b"k" * 24)),
]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(("method", "target", "body"), LEAKS)
async def test_nothing_secret_is_shown(
    start_emulator: StartEmulator,
    capfd: pytest.CaptureFixture[str],
    form: str,
    method: str,
    target: str,
    body: bytes,
) -> None:
    emulator = await start_emulator(log=form, quiet=False)
    response = await emulator.send(request(target, method, body=body))
    journal = await emulator.send(request("/_emulator/v1/requests"))
    await emulator.server.stop()
    shown = response + journal + capfd.readouterr().err.encode()
    for secret in (SECRET, TOKEN, KEY, KEY.replace("/", r"\/"), PHONE, "k" * 24):
        assert secret.encode() not in shown
        assert secret[:-4].encode() not in shown
    assert b"****" in journal


@pytest.mark.parametrize("form", ["text", "json"])
async def test_answers_are_masked_too(
    start_emulator: StartEmulator, capfd: pytest.CaptureFixture[str], form: str
) -> None:
    emulator = await start_emulator(log=form, quiet=False)
    code = await emulator.login()
    session = await emulator.exchange(code)
    params = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    token = await emulator.get("/cgi-bin/token?" + urlencode(params))
    journal: Any = await emulator.control("GET", "requests")
    await emulator.server.stop()
    log = capfd.readouterr().err
    for secret in (SECRET, session["session_key"], token["access_token"]):
        for written in (secret, secret.replace("/", "\\/")):
            assert written[:-4] not in str(journal) + log
    assert code in str(journal), "a js_code is whole in the journal"
    assert code not in log
    assert code[:6] in log, "and six characters of it in the log"


async def test_who_is_cancelled_as_a_call_comes_waits_no_longer() -> None:
    """Before Python 3.12, `asyncio.wait_for` lost the cancellation, and the task waited on."""
    journal = Journal(10, 10_000)
    waiting = asyncio.create_task(journal.wait(lambda _: True, 9, 60))
    await asyncio.sleep(0)
    journal.add("", Call("GET", "/", "", CIMultiDict(), b"", "", 0.0), Reply())
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, AT_ONCE)


async def test_who_waits_for_many_calls_keeps_none_alive() -> None:
    journal = Journal(2, 10_000)
    waiting = asyncio.create_task(journal.wait(lambda _: True, 5, 60))
    for _ in range(5):
        await asyncio.sleep(0)
        journal.add("", Call("GET", "/", "", CIMultiDict(), b"", "", 0.0), Reply())
    found, timed_out = await asyncio.wait_for(waiting, AT_ONCE)
    assert ([entry.number for entry in found], timed_out) == ([4, 5], False)
