"""Refusals are problem documents that say what was expected, what came and what was near."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.control import PREFIX
from tests.support import APPID, SECRET, Harness

PROBLEMS: list[tuple[str, str, Any, int, str]] = [
    ("GET", "reqests", None, 404, "did you mean 'requests'?"),
    ("GET", "", None, 404, "(all are in /_emulator/v1/openapi.json)"),
    ("GET", "wx/login", None, 405, "takes POST, got GET"),
    ("DELETE", "clock", None, 405, "takes GET or PUT, got DELETE"),
    ("GET", "requests?appId=x", None, 422, "/appId|appid"),
    ("GET", "requests?errcode=many", None, 422, "errcode: expected a whole number, got 'many'"),
    ("GET", "requests?errcode=4_0", None, 422, "errcode: expected a whole number, got '4_0'"),
    ("GET", "requests/wait?timeout=1_0", None, 422, "expected a duration such as 90s"),
    ("GET", "requests?endpoint=jscode2sesion", None, 422, "did you mean 'jscode2session'?"),
    ("GET", "requests/wait?endpoint=logn", None, 422, "endpoint: expected one of "),
    ("GET", "requests/wait?timeout=soon", None, 422, "expected a duration such as 90s"),
    ("GET", "requests/wait?timeout=2h", None, 422, "expected at most 10m, got 2h"),
    ("GET", "clock?x=1", None, 422, "clock takes no query parameters"),
    ("POST", "wx/login", {"usr": "a"}, 422, "/usr|user"),
    ("POST", "wx/login", {"user": 1}, 422, "user: expected a name of 1 to 64 characters, got 1"),
    ("POST", "wx/login", {"appid": "x"}, 422, "appid: expected an appid: 'wx' and 16 lowercase"),
    ("POST", "wx/login", {"age": "5 minutes"}, 422, "age: expected a duration such as 90s"),
    ("POST", "wx/login", {"user": ""}, 422, "user: expected a name of 1 to 64 characters, got ''"),
    ("POST", "wx/login", [], 422, "expected a mapping"),
    ("POST", "codes", {"count": 0}, 422, "count: expected a whole number of at least 1 up to"),
    ("POST", "codes", {"users": ["a", ""]}, 422, "users[1]: expected a name of 1 to 64"),
    ("PUT", "clock", {"at": "noon"}, 422, "expected a moment such as 2026-01-01T08:00:00+08:00"),
    ("PUT", "clock", {"at": "2026-01-01T08:00:00"}, 422, "has no offset: append Z"),
    ("PUT", "clock", {"at": "0001-01-01T00:00:00+08:00"}, 422, "in the years 1 to 9998"),
    ("PUT", "clock", {"at": "9999-01-01T00:00:00Z"}, 422, "in the years 1 to 9998"),
    ("PUT", "clock", {"frozen": "yes"}, 422, "frozen: expected true or false, got 'yes'"),
    ("POST", "clock/advance", {}, 422, "the key 'by'"),
    ("POST", "clock/advance", {"by": "-10000000d"}, 422, "by: expected a duration"),
    ("POST", "clock/advance", {"by": "-1000000d"}, 422, "expected a time in the years 1 to 9998"),
    ("PUT", "apps/wx12", {}, 422, "appid: expected an appid: 'wx' and 16 lowercase hex"),
    ("PUT", "users/%20", {}, 422, "name: expected a name of 1 to 64 characters, got ' '"),
    ("PUT", f"apps/{APPID}", {"ip_whitelist": "x"}, 422, "expected a list of an address such as"),
    ("DELETE", f"apps/{APPID}", None, 404, f"app '{APPID}' is not declared in world 'default'"),
    (
        "DELETE",
        "users/alice",
        None,
        404,
        "world 'default' (declared: none)",
    ),
    ("DELETE", "worlds/a%20b", None, 404, "no world can be called 'a b'"),
    ("POST", "reset", {"now": 1}, 422, "the unknown key 'now'"),
]


@pytest.mark.parametrize(("method", "route", "body", "status", "says"), PROBLEMS)
async def test_problems(
    emulator: Harness, method: str, route: str, body: Any, status: int, says: str
) -> None:
    kwargs = {"json": body} if method in ("POST", "PUT") else {}
    url = f"{emulator.url}{PREFIX}{route}"
    async with emulator.http.request(method, url, **kwargs) as response:
        problem = await response.json(content_type="application/problem+json")
    assert response.status == problem["status"] == status
    assert problem["type"] == "about:blank"
    if says.startswith("/"):
        pointer, near = says.split("|")
        (error,) = problem["errors"]
        assert (error["pointer"], error["near"]) == (pointer, near)
        assert error["expected"].startswith("one of")
    else:
        assert says in problem["detail"]
    assert problem["detail"].count(", got ") <= max(len(problem.get("errors", ())), 1)


async def test_every_mistake_of_a_body_is_listed(emulator: Harness) -> None:
    body = {"appid": 1, "usr": "x", "age": []}
    _, problem = await emulator.call_control("POST", "wx/login", body)
    assert [error["pointer"] for error in problem["errors"]] == ["/appid", "/usr", "/age"]


@pytest.mark.parametrize("route", ["wx/login", "scenario", "state", "rules"])
async def test_a_repeated_key_is_refused(emulator: Harness, route: str) -> None:
    """Nobody can know which of the two values was meant."""
    method = "PUT" if route in ("scenario", "state") else "POST"
    headers = {"Content-Type": "application/json"}
    body = b'{"version": 1, "user": "a", "user": "b"}'
    status, problem = await emulator.call_control(
        method, route, data=body, json=None, headers=headers
    )
    assert status == 422
    assert problem["errors"] == [
        {
            "pointer": "/user",
            "expected": "each key once",
            "got": "'user' a second time",
            "near": None,
        }
    ]


async def test_every_mistake_of_a_query_is_listed(emulator: Harness) -> None:
    _, problem = await emulator.call_control("GET", "requests?errcode=x&after=y&from=z&user=u")
    assert [error["pointer"] for error in problem["errors"]] == ["/errcode", "/after", "/from"]


@pytest.mark.parametrize("accept", ["text/plain", "text/plain;q=0.9, application/json;q=0.1"])
async def test_a_refusal_in_plain_words_for_who_wants_them(emulator: Harness, accept: str) -> None:
    url, headers = f"{emulator.url}{PREFIX}wx/login", {"Accept": accept}
    async with emulator.http.post(url, json={"usr": "a"}, headers=headers) as response:
        assert (response.status, response.content_type) == (422, "text/plain")
        assert (await response.text()).endswith("did you mean 'user'?\n")


async def test_a_405_lists_what_is_allowed(emulator: Harness) -> None:
    async with emulator.http.delete(f"{emulator.url}{PREFIX}clock") as response:
        assert response.headers["Allow"] == "GET, PUT"


async def test_an_unknown_app_names_the_declared_ones(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    for method, route, body in (
        ("POST", "wx/login", {"appid": APPID[:-1] + "0"}),
        ("GET", f"apps/{APPID[:-1]}0", None),
    ):
        _, problem = await emulator.call_control(method, route, body)
        assert f"did you mean '{APPID}'?" in problem["detail"]


async def test_an_unknown_user_names_the_declared_ones(emulator: Harness) -> None:
    await emulator.control("PUT", "users/alice", {})
    for method, route, body in (("POST", "wx/login", {"user": "alcie"}), ("GET", "users/b", None)):
        status, problem = await emulator.call_control(method, route, body)
        assert status in (404, 422)
        assert "alice" in problem["detail"] or "'b'" in problem["detail"]


async def test_without_a_single_app_allowed_a_login_says_so(emulator: Harness) -> None:
    emulator.behave(strict_apps=True)
    status, _ = await emulator.call_control("POST", "wx/login", {})
    assert status == 422


async def test_a_pointer_leads_there_whatever_the_key(emulator: Harness) -> None:
    """As RFC 6901 writes them; the whole body is the empty one."""
    for body, pointer in (({"a/b~c": 1}, "/a~1b~0c"), ([], "")):
        _, problem = await emulator.call_control("POST", "wx/login", body)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
