"""What a call shows of itself: its code wherever that stands, whose code it is, which app calls."""

from __future__ import annotations

import pytest
from msgspec import json
from multidict import CIMultiDict

from emulator.core.call import Call
from emulator.rules.traits import appid_of, code_in, user_of
from tests.support import APPID, Harness


def call(query: str = "", body: bytes = b"") -> Call:
    """A call without a socket."""
    return Call("POST", "/x", query, CIMultiDict(), body, "127.0.0.1", 0.0)


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ("js_code=a", b"", "a"),
        ("code=a", b"", "a"),
        ("js_code=a&code=b", b'{"code": "c"}', "a"),
        ("", b'{"code": "a"}', "a"),
        ("", b'{"code": 1}', ""),
        ("", b'{"other": "a"}', ""),
        ("", b'{"code": "a"', ""),
        ("", b'{"code": "\xff"}', ""),
        ("", b'["a"]', ""),
        ("", b"code=a", ""),
        ("", b"", ""),
    ],
)
def test_a_code_is_found_in_query_or_json(query: str, body: bytes, code: str) -> None:
    assert code_in(call(query, body)) == code


async def test_a_code_tells_its_user(emulator: Harness) -> None:
    world = emulator.world().view
    known = {await emulator.login("bob"): "bob", "emu.alice.delay-3s": "alice"}
    known |= {"emu.": "", "emu.alice.age-x": "", "nonsense": "", "": ""}
    assert {code: user_of(world, code) for code in known} == known
    emulator.behave(scripted_codes=False)
    assert user_of(world, "emu.alice") == ""


async def test_a_token_tells_its_app(emulator: Harness) -> None:
    target = f"/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret=x"
    token = (await emulator.get(target))["access_token"]
    world = emulator.world().view
    assert appid_of(world, call(f"access_token={token}")) == APPID
    assert appid_of(world, call("appid=wx1")) == "wx1"
    assert appid_of(world, call("access_token=unknown")) == ""


async def test_a_rule_for_a_user_and_an_app_meets_phone_codes(emulator: Harness) -> None:
    target = f"/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret=x"
    token = (await emulator.get(target))["access_token"]
    await emulator.rule({"errcode": -1}, on="*", when={"user": "alice", "appid": APPID})
    url = f"{emulator.url}/wxa/business/getuserphonenumber?access_token={token}"
    errcodes = []
    for user in ("alice", "bob"):
        who = {"appid": APPID, "user": user}
        code = (await emulator.control("POST", "wx/getPhoneNumber", who))["code"]
        async with emulator.http.post(url, json={"code": code}) as response:
            errcodes.append(json.decode(await response.read())["errcode"])
    assert errcodes == [-1, 0]
