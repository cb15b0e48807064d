"""`errcode`: WeChat's error in its own form, without running the call."""

from __future__ import annotations

import pytest

from tests.support import NOON_RID, Harness, parted, request, scripted

RID = NOON_RID.encode()


@pytest.mark.parametrize(
    ("errcode", "text"),
    [
        (-1, b"system error"),
        (45011, b"api minute-quota reach limit, must slower, retry next minute"),
        (40226, b"code blocked"),
        (40164, b"invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist"),
    ],
)
async def test_the_text_is_the_one_of_the_table(
    emulator: Harness, errcode: int, text: bytes
) -> None:
    await emulator.freeze()
    head, body = parted(await emulator.send(request(scripted(f"errcode-{errcode}"))))
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Type: text/plain\r\n" in head
    assert body.startswith(b'{"errcode":%d,"errmsg":"%b, rid: %b-' % (errcode, text, RID))


async def test_a_token_error_has_the_other_subsystems_form(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"errcode": -1}, on="token")
    head, body = parted(await emulator.send(request("/cgi-bin/token")))
    assert b"Content-Type: application/json; encoding=utf-8" in head
    assert body.startswith(b'{"errcode":-1,"errmsg":"system error rid: ' + RID)


async def test_an_errmsg_replaces_the_text_also_of_unknown_errcodes(emulator: Harness) -> None:
    await emulator.rule({"errcode": {"errcode": 99999, "errmsg": "made up"}})
    answer = await emulator.exchange(await emulator.login())
    assert answer["errcode"] == 99999
    assert answer["errmsg"].startswith("made up, rid: ")


async def test_the_code_is_not_spent(emulator: Harness) -> None:
    code = await emulator.login()
    await emulator.rule({"errcode": -1}, times=1)
    assert (await emulator.exchange(code))["errcode"] == -1
    assert "openid" in await emulator.exchange(code)


async def test_the_suffix_follows_the_worlds_switch(emulator: Harness) -> None:
    emulator.behave(errmsg_suffix="none")
    body = parted(await emulator.send(request(scripted("errcode--1"))))[1]
    assert body == b'{"errcode":-1,"errmsg":"system error"}'


async def test_an_unknown_errcode_without_errmsg_is_refused(emulator: Harness) -> None:
    status, problem = await emulator.call_control(
        "POST", "rules", {"on": "*", "then": {"errcode": 99999}}
    )
    assert status == 422
    assert problem["errors"][0]["pointer"] == "/then/errcode"
    assert "or an errmsg too" in problem["detail"]
