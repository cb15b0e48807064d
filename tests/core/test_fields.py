"""An app's and a user's fields are refused in the same words, whichever way they come in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import APPID, Harness

BAD_APPS: list[tuple[dict[str, Any], str]] = [
    ({"secret": 1}, "expected text, got 1"),
    ({"ip_whitelist": ["10.0.0.0/8", "10.0.0.0/99"]}, "expected an address such as 203.0.113.7 or"),
    ({"ip_whitelist": "x"}, "expected a list of an address such as 203.0.113.7 or"),
    ({"platforms": {"acme": "t"}}, "expected an appid: 'wx' and 16 lowercase hex digits, got 'ac"),
    ({"secrt": "x"}, "got the unknown key 'secrt'; did you mean 'secret'?"),
]
BAD_USERS: list[tuple[dict[str, Any], str]] = [
    ({"gender": 9}, "expected one of 0, 1, 2, got 9"),
    ({"phone": "12"}, "expected the national number in digits, such as 13800138000"),
    ({"phone": "23800138000"}, "expected 11 digits that start with 1 (other countries: set count"),
    ({"country_code": "+86"}, "expected a country code in digits, such as 86, got '+86'"),
    ({"openids": {APPID: "me"}}, "expected an openid: 'o' and 27 letters, digits, '_' or '-'"),
    ({"unionid": "me"}, "expected a unionid: 'o' and 27 letters, digits, '_' or '-', got 'me'"),
    ({"payments": [{"at": "today"}]}, "expected a moment such as 2026-01-01T08:00:00+08:00"),
]
BAD = [("App", "appid", APPID, *each) for each in BAD_APPS]
BAD += [("User", "name", "alice", *each) for each in BAD_USERS]


async def refusals(
    emulator: Harness, kind: str, key: str, name: str, fields: dict[str, Any]
) -> list[Any]:
    """The problem documents of a scenario, a control call and a snapshot with these fields."""
    table = f"{kind.lower()}s"
    entity = {key: name} | fields
    state = await emulator.control("GET", "state")
    scenario = {"version": 1, table: [entity]}
    snapshot = state | {"entities": {kind: [entity]}}
    return [
        await emulator.call_control("PUT", route, body)
        for route, body in (
            ("scenario", scenario),
            (f"{table}/{name}", fields),
            ("state", snapshot),
        )
    ]


@pytest.mark.parametrize(("kind", "key", "name", "fields", "says"), BAD)
async def test_a_bad_field_is_refused_alike(
    emulator: Harness, kind: str, key: str, name: str, fields: dict[str, Any], says: str
) -> None:
    for status, problem in await refusals(emulator, kind, key, name, fields):
        assert status == 422
        (error,) = problem["errors"]
        assert says in problem["detail"]
        assert next(iter(fields)) in error["pointer"]


async def test_a_good_field_is_taken_alike(emulator: Harness) -> None:
    fields = {"phone": "5551234", "country_code": "1", "gender": 2}
    answers = await refusals(emulator, "User", "name", "alice", fields)
    assert [status for status, _ in answers] == [200, 200, 200]
