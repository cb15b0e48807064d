"""`session_key`, `stale_session_key`, `rotate_session_key`: whose key opens what."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from emulator.wechat import crypto
from tests.support import APPID, Harness, parted, request, scripted, signed


async def sealed(emulator: Harness) -> dict[str, Any]:
    """What the phone encrypts now."""
    answer = await emulator.control("POST", "wx/getUserInfo", {"appid": APPID, "user": "alice"})
    assert answer["errMsg"] == "getUserInfo:ok"
    return dict(answer)


def opens(answer: dict[str, Any], session_key: str) -> bool:
    """Whether a backend that holds this key can check and decrypt the answer."""
    if crypto.data_signature(answer["rawData"].encode(), session_key) != answer["signature"]:
        return False
    parts = (answer["encryptedData"], session_key, answer["iv"])
    return b"watermark" in crypto.decrypt(*map(b64decode, parts))


async def test_after_a_login_the_backends_key_opens_the_phones_data(emulator: Harness) -> None:
    key = (await emulator.exchange("emu.alice"))["session_key"]
    assert opens(await sealed(emulator), key)


async def test_rotated_data_from_before_opens_and_data_from_after_does_not(
    emulator: Harness,
) -> None:
    await emulator.rule({"rotate_session_key": True}, times=1, when={"call": 2})
    await emulator.exchange("emu.alice")
    key = (await emulator.exchange("emu.alice"))["session_key"]
    assert not opens(await sealed(emulator), key)
    again = (await emulator.exchange("emu.alice"))["session_key"]
    assert opens(await sealed(emulator), again)


async def test_a_stale_key_is_the_one_before_this_login(emulator: Harness) -> None:
    first = (await emulator.exchange("emu.alice"))["session_key"]
    old_data = await sealed(emulator)
    stale = (await emulator.exchange("emu.alice.stale_session_key"))["session_key"]
    assert stale == first
    assert opens(old_data, stale)
    assert not opens(await sealed(emulator), stale)


async def test_at_a_first_login_a_stale_key_opens_nothing(emulator: Harness) -> None:
    stale = (await emulator.exchange("emu.alice.stale_session_key"))["session_key"]
    assert len(stale) == 24
    assert not opens(await sealed(emulator), stale)


async def test_a_key_written_down_is_the_phones_too(emulator: Harness) -> None:
    key = "/WZiVjagfNNOSvDRlIeT5A=="
    await emulator.rule({"session_key": key})
    body = parted(await emulator.send(request(scripted())))[1]
    assert body.startswith(rb'{"session_key":"\/WZiVjagfNNOSvDRlIeT5A==","openid":')
    assert opens(await sealed(emulator), key)


async def test_a_hint_does_not_show_the_whole_key(emulator: Harness) -> None:
    await emulator.rule({"session_key": "/WZiVjagfNNOSvDRlIeT5A=="})
    head = parted(await emulator.send(request(scripted())))[0]
    assert b"X-Emulator-Hint: rule r1 acted: session_key ****5A==" in head


async def test_only_the_key_changes_in_the_answer(emulator: Harness) -> None:
    plain = parted(await emulator.send(request(scripted())))[1]
    stale = parted(await emulator.send(request(scripted("stale_session_key"))))[1]
    assert stale == plain


async def test_an_error_has_no_key_to_change(emulator: Harness) -> None:
    keys: dict[str, object] = {"stale_session_key": True, "rotate_session_key": True}
    keys |= {"session_key": "/WZiVjagfNNOSvDRlIeT5A=="}
    await emulator.rule(keys | {"errcode": -1}, times=1)
    assert (await emulator.exchange("emu.alice"))["errcode"] == -1
    await emulator.rule(keys | {"close": True}, times=1)
    assert await emulator.send(request(scripted())) == b""


async def test_a_signature_with_the_key_that_was_rotated_away_is_known_for_that(
    emulator: Harness,
) -> None:
    session = await emulator.exchange("emu.alice.rotate_session_key")
    target = signed("/wxa/checksession", await emulator.fetch_token(), session)
    assert b"signed with the session_key before this one" in await emulator.send(request(target))
