"""What every API with an `access_token` says of a bad one, in each one's own form."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from emulator.core.call import BUSINESS, WXA
from emulator.wechat.endpoints import Endpoint, load
from emulator.world.behaviour import Quota, Quotas
from tests.support import APPID, NOON_RID, OTHER_APPID, SECRET, Harness, request

ENDPOINTS = sorted(
    (
        each
        for each in load().values()
        if each.subsystem in (WXA, BUSINESS) and each.name != each.path
    ),
    key=lambda each: each.name,
)
# What their pages call a body that is no JSON, or no upload.
OTHERWISE = {
    "getwxacode": (40159, "invalid length for path, or the data is not json string"),
    "getwxacodeunlimit": (40169, "invalid length for scene, or the data is not json string"),
    "img_sec_check": (41005, "media data missing"),
}
NOT_LATEST = (
    "invalid credential, access_token is invalid or not latest, "
    "could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r"
)
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.name)


async def refusal(emulator: Harness, endpoint: Endpoint, token: str | None) -> str:
    """The body of a call with this token and nothing else."""
    query = urlencode({} if token is None else {"access_token": token})
    target = f"{endpoint.path}?{query}"
    body = b"{}" if endpoint.method == "POST" else b""
    response = await emulator.send(request(target, endpoint.method, body=body))
    head, _, sent = response.partition(b"\r\n\r\n")
    assert b"Content-Type: application/json; encoding=utf-8\r\n" in head
    assert b"X-Emulator-Hint: " in head
    return sent.decode()


def starts(errcode: int, text: str) -> str:
    return f'{{"errcode":{errcode},"errmsg":"{text} rid: {NOON_RID}-'


@every_endpoint
async def test_a_missing_token_is_41001(emulator: Harness, endpoint: Endpoint) -> None:
    for token in (None, ""):
        body = await refusal(emulator, endpoint, token)
        assert body.startswith(starts(41001, "access_token missing"))


@every_endpoint
async def test_a_made_up_token_is_40001(emulator: Harness, endpoint: Endpoint) -> None:
    assert (await refusal(emulator, endpoint, "89_x")).startswith(starts(40001, NOT_LATEST))


@every_endpoint
async def test_a_superseded_token_is_40001(emulator: Harness, endpoint: Endpoint) -> None:
    token = await emulator.fetch_token()
    await emulator.fetch_token()
    await emulator.advance("5m")
    assert (await refusal(emulator, endpoint, token)).startswith(starts(40001, NOT_LATEST)[:-9])


@every_endpoint
async def test_an_expired_token_is_42001(emulator: Harness, endpoint: Endpoint) -> None:
    token = await emulator.fetch_token()
    await emulator.advance("2h")
    body = await refusal(emulator, endpoint, token)
    assert body.startswith('{"errcode":42001,"errmsg":"access_token expired rid: ')


@every_endpoint
async def test_a_used_up_quota_is_45011_or_45009(emulator: Harness, endpoint: Endpoint) -> None:
    token = await emulator.fetch_token()
    emulator.behave(quotas=Quotas(wxa=Quota(minute=0)))
    body = await refusal(emulator, endpoint, token)
    assert body.startswith(
        starts(45011, "api minute-quota reach limit, must slower, retry next minute")
    )
    emulator.behave(quotas=Quotas(wxa=Quota(day=0)))
    body = await refusal(emulator, endpoint, token)
    assert body.startswith(starts(45009, "reach max api daily quota limit"))


@pytest.mark.parametrize(
    "endpoint", [each for each in ENDPOINTS if each.method == "POST"], ids=lambda each: each.name
)
class TestPost:
    async def test_a_get_is_43002_before_the_token_is_looked_at(
        self, emulator: Harness, endpoint: Endpoint
    ) -> None:
        body = await emulator.send(request(endpoint.path))
        assert starts(43002, "require POST method").encode() in body

    async def test_a_post_without_a_body_is_44002(
        self, emulator: Harness, endpoint: Endpoint
    ) -> None:
        token = await emulator.fetch_token()
        response = await emulator.send(request(f"{endpoint.path}?access_token={token}", "POST"))
        errcode, text = (44002, "empty post data")
        if endpoint.name == "img_sec_check":
            errcode, text = OTHERWISE[endpoint.name]
        assert f'{{"errcode":{errcode},"errmsg":"{text}'.encode() in response

    @pytest.mark.parametrize("sent", [b"code=1", b"[]", b'{"code"', b"\xff", b'"x"'])
    async def test_a_body_that_is_no_json_object_is_47001(
        self, emulator: Harness, endpoint: Endpoint, sent: bytes
    ) -> None:
        token = await emulator.fetch_token()
        target = f"{endpoint.path}?access_token={token}"
        response = await emulator.send(request(target, "POST", body=sent))
        errcode, text = OTHERWISE.get(endpoint.name, (47001, "data format error"))
        assert f'{{"errcode":{errcode},"errmsg":"{text}'.encode() in response

    async def test_a_body_in_chunks_is_412(self, emulator: Harness, endpoint: Endpoint) -> None:
        head = request(endpoint.path, "POST", "Transfer-Encoding: chunked")
        response = await emulator.send(head + b"2\r\n{}\r\n0\r\n\r\n")
        assert response.startswith(b"HTTP/1.1 412 ")
        assert response.partition(b"\r\n\r\n")[2] == b""


async def test_a_token_of_another_world_is_40001(emulator: Harness) -> None:
    token = await emulator.fetch_token(world="other")
    assert await emulator.token_state(token) == 40001


async def test_a_hint_tells_who_ended_a_token(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.fetch_token()
    await emulator.advance("312s")
    response = await emulator.send(request(f"/wxa/checksession?access_token={token}"))
    assert b"ended 12 s ago because a newer one was fetched" in response
    assert token.encode() not in response


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("13_of_the_real_wechat", b"this is no token of this emulator"),
        ("89_of_another_world", b"this world never issued the token"),
        ("undefined", b"'undefined' is JavaScript's word for no value"),
    ],
)
async def test_a_hint_tells_where_an_unknown_token_may_be_from(
    emulator: Harness, token: str, said: bytes
) -> None:
    response = await emulator.send(request(f"/wxa/checksession?access_token={token}"))
    assert said in response


@pytest.mark.parametrize(
    ("form", "how"), [('"{}"', b"in quotes"), ("{}%0A", b"with blanks around it"), ("", b"case")]
)
async def test_a_damaged_token_is_known_again(emulator: Harness, form: str, how: bytes) -> None:
    token = await emulator.fetch_token()
    sent = form.format(token) or token.lower()
    response = await emulator.send(request(f"/wxa/checksession?access_token={sent}"))
    assert b"this is a token of this world " in response
    assert how in response
    assert token[:100].encode() not in response


async def test_each_api_and_each_app_has_a_quota_of_its_own(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{OTHER_APPID}", {"secret": SECRET})
    emulator.behave(quotas=Quotas(wxa=Quota(minute=1)))
    for appid in (APPID, OTHER_APPID):
        token = await emulator.fetch_token(appid=appid)
        for endpoint in ENDPOINTS:
            first, second = [await refusal(emulator, endpoint, token) for _ in range(2)]
            assert ("45011" in first, "45011" in second) == (False, True)
