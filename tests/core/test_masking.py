"""Nothing secret is shown, however a client writes it."""

from __future__ import annotations

import pytest

from emulator.core import masking
from tests.support import APPID, SECRET, Harness, jscode2session

QUERIES = [
    (f"secret={SECRET}", "secret=****cdef"),
    (f"a=1&secret={SECRET}&b=2", "a=1&secret=****cdef&b=2"),
    (f"secret={SECRET}&secret={SECRET}", "secret=****cdef&secret=****cdef"),
    (f"amp;secret={SECRET}", "amp;secret=****cdef"),
    (f"AppSecret={SECRET}", "AppSecret=****cdef"),
    (f"secr%65t={SECRET}", "secr%65t=****cdef"),
    ("session%5Fkey=EFAB+cd==", "session%5Fkey=****"),
    ("secret=short", "secret=****"),
    ("secret=", "secret=****"),
    (f"appid={SECRET}&secret={APPID}", "appid=****cdef&secret=****cdef"),
    (f"appid={APPID}&js_code={SECRET}", f"appid={APPID}&js_code={SECRET}"),
    ("a=b=c&=&d", "a=b=c&=&d"),
]


@pytest.mark.parametrize(("written", "shown"), QUERIES)
def test_a_query_shows_no_secret(written: str, shown: str) -> None:
    assert masking.query(written) == shown


@pytest.mark.parametrize("unit", ["secret", "secret=", "%", "a=", '"secret":"'])
def test_a_long_text_costs_no_more_than_its_length(unit: str) -> None:
    assert masking.body(unit.encode() * 20_000)[:1] == unit[:1]


async def test_a_secret_in_the_appids_place_is_shown_nowhere(emulator: Harness) -> None:
    async with emulator.http.get(
        emulator.url + jscode2session(appid=SECRET, secret=APPID)
    ) as response:
        hint = response.headers["X-Emulator-Hint"]
    assert "you sent the secret (or what looks like it, ****cdef)" in hint
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["appid"] == "****cdef"
    assert SECRET not in str(entry)


async def test_a_secret_of_the_wrong_type_is_not_quoted(emulator: Harness) -> None:
    body = {"appid": APPID, "grant_type": "client_credential", "secret": [SECRET]}
    assert (await emulator.post("/cgi-bin/stable_token", body))["errcode"] == 41004
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert SECRET not in str(entry)
    assert entry["hint"] == "'secret' must be text that is not empty, you sent a list"
