"""`GET /wxa/resetusersessionkey` on a frozen clock."""

from __future__ import annotations

from emulator.core.duration import Duration
from tests.support import APPID, Harness, request, signed

PATH = "/wxa/resetusersessionkey"


async def test_the_new_key_is_good_and_the_old_one_dead(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    session = await emulator.exchange(await emulator.login())
    answer = await emulator.get(signed(PATH, token, session))
    assert list(answer) == ["errcode", "errmsg", "openid", "session_key"]
    assert answer["openid"] == session["openid"]
    assert answer["session_key"] != session["session_key"]
    check = "/wxa/checksession"
    assert (await emulator.get(signed(check, token, answer)))["errcode"] == 0
    assert (await emulator.get(signed(check, token, session)))["errcode"] == 87009


async def test_the_new_key_ends_when_the_old_one_would_have(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login())
    await emulator.advance("2d")
    session = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    await emulator.advance("1d")
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), session))
    assert answer["errcode"] == 87007


async def test_a_stale_key_is_87009(emulator: Harness) -> None:
    old = await emulator.exchange(await emulator.login())
    await emulator.exchange(await emulator.login())
    answer = await emulator.get(signed(PATH, await emulator.fetch_token(), old))
    assert answer["errmsg"].startswith("invalid signature rid: ")


async def test_the_old_key_is_known_for_the_one_before(emulator: Harness) -> None:
    emulator.behave(session_key_refresh=Duration(60))
    old = await emulator.exchange(await emulator.login())
    sealed = await emulator.control("POST", "wx/getUserInfo", {"appid": APPID})
    await emulator.get(signed(PATH, await emulator.fetch_token(), old))
    response = await emulator.send(request(signed(PATH, await emulator.fetch_token(), old)))
    assert b"signed with the session_key before this one" in response
    asked = {"encryptedData": sealed["encryptedData"], "iv": sealed["iv"]}
    opened = await emulator.control("POST", "decrypt", asked)
    assert opened["problems"] == ["it was encrypted with the session_key before the one valid now"]
    stale = await emulator.exchange("emu.alice.stale_session_key")
    assert stale["session_key"] == old["session_key"]
