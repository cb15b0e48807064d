"""The endpoints of `apis.yaml`: each gives its documented success, and obeys what all obey."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec import json

from emulator.core.call import JSON, subsystem_of
from emulator.scenario.report import ScenarioError
from emulator.wechat.api_table import APIS
from emulator.wechat.errors import TABLE
from emulator.wechat.rows import Api
from emulator.world.behaviour import Quota, Quotas
from tests import reference_apis
from tests.support import APPID, NOON_RID, NOON_UNIX, SECRET, Harness, request

UPLOAD = (
    b'--x\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\n\r\nPNG\r\n--x--\r\n'
)
BODIES = {"json": b'{"touser":"o"}', "multipart": UPLOAD, "any": b"tid=1"}
WITH_TOKEN = [row for row in APIS if row.token is True]
WITH_JSON = [row for row in WITH_TOKEN if row.method == "POST" and row.body == "json"]


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    await emulator.freeze()
    return emulator


async def ask(emulator: Harness, row: Api, method: str = "", **query: str) -> dict[str, Any]:
    """What the row answers to a call as its page has it."""
    body = BODIES[row.body] if row.method == "POST" else b""
    method = method or row.method
    target = f"{row.path}?{urlencode(query)}"
    response = await emulator.send(request(target, method, body=body if method == "POST" else b""))
    head, _, sent = response.partition(b"\r\n\r\n")
    assert f"Content-Type: {JSON}".encode() in head
    answer: dict[str, Any] = json.decode(sent)
    return answer


def test_the_module_is_the_file() -> None:
    assert reference_apis.MODULE.read_text("utf-8") == reference_apis.module(), "run `make docs`"


def test_a_mistake_in_the_file_is_shown_in_its_place() -> None:
    with pytest.raises(ScenarioError) as caught:
        reference_apis.read(b"errcodes: []\napis:\n  - {path: /wxa/x, abuot: x}\n")
    assert "emulator/wechat/apis.yaml:3:20: apis[0].abuot: " in str(caught.value)


def test_each_path_stands_once_and_where_wechat_has_it() -> None:
    paths = [row.path for row in APIS]
    assert len(set(paths)) == len(paths) >= 40
    assert [path for path in paths if subsystem_of(path) is None] == []


def test_each_errcode_that_a_row_names_is_in_the_table() -> None:
    named = {errcode for row in APIS for errcode in row.errcodes}
    assert named <= set(TABLE)


async def test_each_gives_the_fields_of_its_documented_answer(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    for row in APIS:
        answer = await ask(emulator, row, access_token=token, component_access_token="89_x")
        assert list(answer) == list(row.answer), row.path
        assert "${" not in str(answer), row.path
        assert answer.get("errcode", 0) == 0, row.path


async def test_a_made_up_or_missing_token_is_refused(emulator: Harness) -> None:
    for row in WITH_TOKEN:
        assert (await ask(emulator, row))["errcode"] == 41001, row.path
        answer = await ask(emulator, row, access_token="89_x")
        assert answer["errmsg"].startswith("invalid credential, access_token is invalid or not")
        assert f" rid: {NOON_RID}-" in answer["errmsg"]


async def test_an_expired_token_is_42001(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    await emulator.advance("2h")
    for row in WITH_TOKEN:
        assert (await ask(emulator, row, access_token=token))["errcode"] == 42001, row.path


async def test_a_get_is_43002_where_a_post_is_documented(emulator: Harness) -> None:
    for row in APIS:
        if row.method == "POST":
            assert (await ask(emulator, row, "GET"))["errcode"] == 43002, row.path


async def test_a_body_that_is_no_json_is_refused(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    for row in WITH_JSON:
        target = f"{row.path}?access_token={token}"
        assert (await emulator.post(target, b""))["errcode"] == 44002, row.path
        assert (await emulator.post(target, b"touser=o"))["errcode"] == 47001, row.path


async def test_an_upload_without_a_file_is_41005(emulator: Harness) -> None:
    target = f"/cgi-bin/media/upload?type=image&access_token={await emulator.fetch_token()}"
    for body in (b"", b"{}"):
        answer = await emulator.post(target, body)
        assert answer["errmsg"].startswith("media data missing rid: ")


async def test_a_platforms_token_is_wanted_where_a_platform_calls(emulator: Harness) -> None:
    row = next(row for row in APIS if row.token == "component")
    assert (await ask(emulator, row))["errcode"] == 41001
    assert "pre_auth_code" in await ask(emulator, row, component_access_token="89_x")


async def test_they_have_quotas(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    emulator.behave(quotas=Quotas(wxa=Quota(minute=1)))
    row = WITH_TOKEN[0]
    answers = [await ask(emulator, row, access_token=token) for _ in range(2)]
    assert [answer["errcode"] for answer in answers] == [0, 45011]


async def test_a_body_in_chunks_is_412(emulator: Harness) -> None:
    head = request(WITH_JSON[0].path, "POST", "Transfer-Encoding: chunked")
    assert await emulator.status_line(head + b"0\r\n\r\n") == b"HTTP/1.1 412 Precondition Failed"


async def test_ids_come_from_the_seed_and_times_from_the_clock(emulator: Harness) -> None:
    token = await emulator.fetch_token()
    upload = next(row for row in APIS if row.path == "/cgi-bin/media/upload")
    first, second = [
        await ask(emulator, upload, access_token=token, type="image") for _ in range(2)
    ]
    assert (first["type"], first["created_at"]) == ("image", NOON_UNIX)
    assert len(first["media_id"]) == 64
    assert first["media_id"] != second["media_id"]
    await emulator.control("POST", "reset")
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    await emulator.freeze()
    token = await emulator.fetch_token()
    assert await ask(emulator, upload, access_token=token, type="image") == first


async def test_the_openid_of_a_list_is_the_one_a_login_gives(emulator: Harness) -> None:
    session = await emulator.exchange(await emulator.login("alice"))
    listed = await emulator.get(f"/cgi-bin/user/get?access_token={await emulator.fetch_token()}")
    assert listed["data"] == {"openid": [session["openid"]]}
