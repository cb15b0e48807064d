"""`GET /cgi-bin/ticket/getticket`: one valid ticket of each type."""

from __future__ import annotations

from typing import Any

from tests.support import Harness

PATH = "/cgi-bin/ticket/getticket"


async def ticket(emulator: Harness, kind: str = "jsapi") -> dict[str, Any]:
    target = f"{PATH}?access_token={await emulator.fetch_token()}&type={kind}"
    return await emulator.get(target)


async def test_a_ticket_lives_two_hours(emulator: Harness) -> None:
    first = await ticket(emulator)
    assert list(first) == ["errcode", "errmsg", "ticket", "expires_in"]
    assert (first["expires_in"], len(first["ticket"])) == (7200, 86)
    await emulator.advance("1h59m59s")
    assert await ticket(emulator) == first | {"expires_in": 1}
    await emulator.advance("1s")
    later = await ticket(emulator)
    assert later["expires_in"] == 7200
    assert later["ticket"] != first["ticket"]


async def test_each_type_has_its_own(emulator: Harness) -> None:
    assert (await ticket(emulator))["ticket"] != (await ticket(emulator, "wx_card"))["ticket"]


async def test_another_type_is_40097(emulator: Harness) -> None:
    for kind in ("", "sdk"):
        assert (await ticket(emulator, kind))["errcode"] == 40097
    assert "type must be one of jsapi, wx_card" in (await emulator.latest())["hint"]
