"""Hints: what a call probably meant."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from emulator.core.call import Call, parse_query
from emulator.core.hints import did_you_mean, missing, nearest, not_declared, some_of
from emulator.http.encoding import one_line


def call(query: str = "", body: bytes = b"") -> Call:
    return Call("GET", "/sns/jscode2session", query, CIMultiDict(), body, "127.0.0.1", 0.0)


@pytest.mark.parametrize(
    ("query", "body", "says"),
    [
        ("", b"", "the query string has no 'secret': it is empty"),
        ("a=1&b=2", b"", "the query string has no 'secret' (it has: a, b)"),
        ("secret=", b"", "'secret=' is there but empty, which counts as missing"),
        ("secret=&secret=x", b"", "the first of several 'secret=' is empty, and the first counts"),
        ("secret=x", b"", "'secret=' is there, you sent 'x'"),
        ("appsecret=1", b"", "you sent 'appsecret=', WeChat reads 'secret='"),
        ("Secret=1", b"", "you sent 'Secret=', WeChat reads 'secret='"),
        ("amp;secret=1", b"", "the URL holds '&amp;secret='"),
        ("", b"secret=1", "'secret' is in the request body, which WeChat does not read here"),
    ],
)
def test_why_a_parameter_is_missing(query: str, body: bytes, says: str) -> None:
    assert missing(call(query, body), "secret").startswith(says)


@pytest.mark.parametrize(
    ("word", "near"), [("alcie", "alice"), ("ALICE", "alice"), ("bob", None), ("", None)]
)
def test_the_nearest_word(word: str, near: str | None) -> None:
    assert nearest(word, ["alice", "carol"]) == near
    assert did_you_mean(word, ["alice"]) == (f"; did you mean {near!r}?" if near else "")


def test_a_hint_takes_no_longer_for_a_hundred_thousand_users() -> None:
    crowd = (f"user{n}" for n in range(100_000))
    assert nearest("user7", crowd) == "user7"
    assert next(crowd) == "user1000"


def test_what_is_not_declared_is_told_with_what_is() -> None:
    told = not_declared("user", "bbo", ["alice", "bob"], "w")
    assert told == (
        "user 'bbo' is not declared in world 'w' (declared: alice, bob); did you mean 'bob'?"
    )
    assert some_of([f"user{n}" for n in range(9)]).endswith("user7 …")
    assert some_of([]) == "none"


@pytest.mark.parametrize(
    ("hint", "header"),
    [
        ("plain", "plain"),
        ("two\nlines\r\nX-Evil: 1", "two lines X-Evil: 1"),
        ("小艾 …", "?? ..."),
        ("bell\x07\x00", "bell??"),
        ("x" * 501, "x" * 497 + "..."),
    ],
)
def test_a_header_is_one_line_of_ascii_up_to_500_bytes(hint: str, header: str) -> None:
    assert one_line(hint) == header


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("a=1&a=2", {"a": "1"}),
        ("a=%2B+%20", {"a": "+  "}),
        ("a=%e5%b0%8f", {"a": "小"}),
        ("a=%ff", {"a": "\ufffd"}),
        ("a=%zz%", {"a": "%zz%"}),
        ("=1&&a", {"a": ""}),
        ("a=1=2", {"a": "1=2"}),
        ("%61=1", {"a": "1"}),
    ],
)
def test_a_query_is_read_as_wechat_reads_it(query: str, params: dict[str, str]) -> None:
    assert parse_query(query) == params


def test_headers_compare_without_regard_to_case() -> None:
    headers = CIMultiDict({"transfer-encoding": "chunked"})
    assert headers.get("TRANSFER-ENCODING") == "chunked"
    assert "Transfer-Encoding" in headers
    assert headers.get("Host", "none") == "none"
