"""`field`: single fields changed, added or dropped, everything else as WeChat writes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Harness, parted, request, scripted

KEY = rb'"session_key":"DdDL\/d4KQ2BmyZmUerjSAg=="'
OPENID = b'"openid":"oIpSbZK8NJ1YVGhqRwf057kDSqk1"'

CHANGES: list[tuple[dict[str, Any], bytes]] = [
    ({"set": {"errcode": 0}}, b"{%b,%b,%b}" % (KEY, OPENID, b'"errcode":0')),
    ({"drop": ["openid"]}, b"{%b}" % KEY),
    ({"drop": ["unionid"]}, b"{%b,%b}" % (KEY, OPENID)),
    ({"set": {"session_key": "a/b"}}, rb'{"session_key":"a\/b",%b}' % OPENID),
    ({"set": {"openid": None}, "drop": ["session_key"]}, b'{"openid":null}'),
    ({"set": {"openid": "小艾😀"}, "drop": ["session_key"]}, '{"openid":"小艾😀"}'.encode()),
]


@pytest.mark.parametrize(("change", "body"), CHANGES)
async def test_order_and_escaping_stay_wechats(
    emulator: Harness, change: dict[str, Any], body: bytes
) -> None:
    await emulator.rule({"field": change})
    head, answer = parted(await emulator.send(request(scripted())))
    assert answer == body
    assert b"Content-Length: %d" % len(body) in head


async def test_errors_have_fields_too(emulator: Harness) -> None:
    await emulator.rule({"field": {"drop": ["errmsg"]}, "errcode": -1})
    assert parted(await emulator.send(request(scripted())))[1] == b'{"errcode":-1}'


@pytest.mark.parametrize("instead", [{"status": 502}, {"body": "[]"}, {"body": ""}])
async def test_a_body_without_fields_stays_as_it_is(
    emulator: Harness, instead: dict[str, Any]
) -> None:
    await emulator.rule(instead)
    plain = parted(await emulator.send(request(scripted())))[1]
    await emulator.control("DELETE", "rules")
    await emulator.rule({"field": {"set": {"a": 1}}} | instead)
    assert parted(await emulator.send(request(scripted())))[1] == plain


async def test_the_journal_knows_the_errcode_that_went_out(emulator: Harness) -> None:
    await emulator.rule({"field": {"set": {"errcode": 42}}})
    await emulator.exchange("emu.alice")
    assert (await emulator.control("GET", "requests/count?errcode=42"))["count"] == 1


async def test_changing_nothing_is_refused(emulator: Harness) -> None:
    rule = {"on": "*", "then": {"field": {}}}
    status, problem = await emulator.call_control("POST", "rules", rule)
    assert status == 422
    assert "then.field: expected fields to set or to drop, got neither" in problem["detail"]


async def test_outside_sns_no_slash_is_escaped(emulator: Harness) -> None:
    await emulator.rule({"field": {"set": {"errmsg": "a/b"}}}, on="checksession")
    body = parted(await emulator.send(request("/wxa/checksession")))[1]
    assert body == b'{"errcode":41001,"errmsg":"a/b"}'
