"""Rules, the journal and assertions that name a path, or many by a pattern."""

from __future__ import annotations

import pytest

from emulator.testing import running
from tests.support import Harness, jscode2session

MENU = "/cgi-bin/menu/create"
CUSTOM = "/cgi-bin/message/custom/send"
BUSY = {"errcode": -1}


async def errcodes(emulator: Harness, *paths: str) -> list[int]:
    token = await emulator.fetch_token()
    answers = [await emulator.post(f"{path}?access_token={token}", b"{}") for path in paths]
    return [answer["errcode"] for answer in answers]


@pytest.mark.parametrize(
    ("on", "acts"),
    [
        (MENU, [-1, 0, 40066]),
        ("/cgi-bin/message/*", [0, -1, 40066]),
        (["/cgi-bin/*", MENU, "*"], [-1, -1, -1]),
        ("/cgi-bin/user/tag/get", [0, 0, -1]),
    ],
)
async def test_a_rule_is_on_a_path_or_on_many(
    emulator: Harness, on: str | list[str], acts: list[int]
) -> None:
    """The last of the three is one that WeChat has and the emulator does not answer."""
    token = await emulator.fetch_token()
    await emulator.rule(BUSY, on=on)
    for path, errcode in zip((MENU, CUSTOM, "/cgi-bin/user/tag/get"), acts, strict=True):
        answer = await emulator.post(f"{path}?access_token={token}", b"{}")
        assert answer["errcode"] == errcode


async def test_a_path_stands_for_the_endpoint_with_a_name(emulator: Harness) -> None:
    await emulator.rule(BUSY, on="/sns/jscode2session", when={"user": "alice"})
    assert (await emulator.exchange("emu.alice"))["errcode"] == -1
    assert "openid" in await emulator.exchange("emu.bob")


async def test_a_rule_on_an_endpoint_and_on_all_counts_a_call_once(emulator: Harness) -> None:
    await emulator.rule(BUSY, on=["jscode2session", "*", "/sns/*"], when={"call": 2})
    assert "openid" in await emulator.exchange("emu.alice")
    assert (await emulator.exchange("emu.alice"))["errcode"] == -1


async def test_a_rule_on_a_path_that_nobody_has_is_refused(emulator: Harness) -> None:
    rule = {"on": "/cgi-bin/menu/craete", "then": BUSY}
    status, problem = await emulator.call_control("POST", "rules", rule)
    assert status == 422
    assert problem["errors"][0]["pointer"] == "/on"
    assert problem["errors"][0]["near"] == MENU


async def test_requests_are_found_by_path(emulator: Harness) -> None:
    await errcodes(emulator, MENU, CUSTOM, "/wxa/mine")
    for path, count in ((MENU, 1), ("/cgi-bin/*", 3), ("/wxa/mine", 1), ("/wxa/getwxacode", 0)):
        assert (await emulator.control("GET", f"requests/count?path={path}"))["count"] == count
    assert (await emulator.control("GET", f"requests/count?endpoint={MENU}"))["count"] == 1


async def test_a_misspelt_path_is_refused_unless_it_was_called(emulator: Harness) -> None:
    route = "requests/count?path=/cgi-bin/menu/craete"
    status, problem = await emulator.call_control("GET", route)
    assert (status, problem["detail"].partition("; ")[2]) == (422, f"did you mean {MENU!r}?")
    await errcodes(emulator, "/cgi-bin/menu/craete")
    assert (await emulator.control("GET", route))["count"] == 1


async def test_the_hint_says_whether_wechat_has_the_path(emulator: Harness) -> None:
    for path, hint in (
        ("/wxaapi/broadcast/room/create", "WeChat has '/wxaapi/broadcast/room/create', this emul"),
        ("/datacube/getusersummary", "declare it under `endpoints:`"),
        ("/channels/none", "nor is it known to be WeChat's"),
        ("/customservice/kfaccount/ad", "did you mean '/customservice/kfaccount/add'?"),
    ):
        assert (await emulator.post(path, b"{}"))["errcode"] == 40066
        assert hint in (await emulator.latest())["hint"]


async def test_elsewhere_it_is_a_404_with_the_same_hint(emulator: Harness) -> None:
    async with emulator.http.get(emulator.url + "/shop/account/get_info") as response:
        assert response.status == 404
        assert "WeChat has '/shop/account/get_info'" in response.headers["X-Emulator-Hint"]


def test_assert_called_takes_a_path() -> None:
    with running() as emulator:
        emulator.assert_called("/wxa/getwxacode", times=0)
        with pytest.raises(AssertionError, match="expected 1 call of /cgi-bin/menu/\\*; got 0"):
            emulator.assert_called("/cgi-bin/menu/*", times=1)


async def test_the_path_of_a_login_needs_no_rule_to_be_counted(emulator: Harness) -> None:
    await emulator.get(jscode2session(js_code="emu.alice"))
    count = await emulator.control("GET", "requests/count?path=/sns/*")
    assert count == {"count": 1}
