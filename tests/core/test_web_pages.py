"""Which calls are refused because a page of another site made a browser send them."""

from __future__ import annotations

import pytest

from emulator.core.web_pages import may_make_world, why_refused
from tests.support import SECRET

HOST = {"Host": "127.0.0.1:8480"}
CROSS = {"Sec-Fetch-Site": "cross-site"}
VISIT = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
EXCHANGE = "/sns/jscode2session"

PROGRAMS = [
    {},
    {"Sec-Fetch-Mode": "cors"},  # Node's fetch
    {"Origin": "http://127.0.0.1:8480"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8480"},
    {"Sec-Fetch-Site": "none", **VISIT},  # the address bar
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
]
PAGES = [
    {"Origin": "http://evil.com"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1:8480.evil.com"},
    {"Origin": "http://evil.com", "Sec-Fetch-Site": "same-origin"},
    CROSS,
    CROSS | {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    CROSS | {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]


@pytest.mark.parametrize("headers", PROGRAMS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_programs_and_own_pages_may_call(method: str, headers: dict[str, str]) -> None:
    assert why_refused(method, EXCHANGE, HOST | headers) == ""
    assert may_make_world(method, HOST | headers)


@pytest.mark.parametrize("headers", PAGES)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", [EXCHANGE, "/cgi-bin/token", "/", "/livez", "/_emulator/"])
def test_a_foreign_page_may_not(method: str, path: str, headers: dict[str, str]) -> None:
    assert why_refused(method, path, HOST | headers)
    assert not may_make_world(method, HOST | headers)


def test_the_reason_names_the_page_without_a_secret() -> None:
    assert why_refused("GET", "/", {"Origin": "http://evil.com"}) == (
        "a browser sent this for a page of 'http://evil.com', and no such page may call the "
        "emulator: WeChat's API is for backends"
    )
    assert "a page of another site" in why_refused("GET", "/", CROSS)
    assert SECRET not in why_refused("GET", "/", {"Origin": f"http://{SECRET}"})


def test_anybody_may_link_to_the_page_and_to_nothing_else() -> None:
    assert why_refused("GET", "/_emulator/", HOST | CROSS | VISIT) == ""
    assert why_refused("POST", "/_emulator/", HOST | CROSS | VISIT)
    assert why_refused("GET", "/_emulator/v1/health", HOST | CROSS | VISIT)
    assert why_refused("GET", EXCHANGE, HOST | CROSS | VISIT)


@pytest.mark.parametrize(
    "path", ["/connect/qrconnect", "/connect/qrcode/x", "/connect/l/qrconnect", "/mmopen/1"]
)
def test_other_sites_use_the_oauth_doors_but_make_no_world(path: str) -> None:
    picture = HOST | CROSS | {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert why_refused("GET", path, picture) == ""
    assert not may_make_world("GET", picture)
    assert may_make_world("GET", HOST | CROSS | VISIT)
