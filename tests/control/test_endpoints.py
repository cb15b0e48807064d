"""Endpoints that a scenario or the control API declares."""

from __future__ import annotations

from typing import Any

from emulator.testing import running
from tests.support import NOON_UNIX, Harness, StartEmulator

MINE = {"path": "/wxa/mine", "answer": {"errcode": 0, "errmsg": "ok", "at": "${now}"}}
SCENARIO = """
version: 1
clock: {at: 2026-01-01T12:00:00+08:00, frozen: true}
endpoints:
  - {path: /wxa/mine, method: POST, token: true, answer: {errcode: 0, errmsg: ok}}
  - path: /sns/mine
    method: GET
    token: false
    answer: {url: a/b, at: "${now+60}", who: "${sent.openid}", times: 3}
rules:
  - {on: /wxa/mine, when: {call: 4}, then: {errcode: 45009}}
"""


async def put(emulator: Harness, *endpoints: dict[str, Any], **more: Any) -> Any:
    return await emulator.control("PUT", "endpoints", {"endpoints": endpoints}, **more)


async def test_a_scenario_declares_them(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario_inline=SCENARIO)
    assert (await emulator.post("/wxa/mine", b"{}"))["errcode"] == 41001
    target = f"/wxa/mine?access_token={await emulator.fetch_token()}"
    assert (await emulator.get(target))["errcode"] == 43002
    assert await emulator.post(target, {}) == {"errcode": 0, "errmsg": "ok"}
    assert (await emulator.post(target, b"no"))["errcode"] == 45009  # its fourth call, by the rule
    assert (await emulator.post(target, b"no"))["errcode"] == 47001


async def test_an_answer_is_filled_in_and_written_as_its_folder_writes(
    start_emulator: StartEmulator,
) -> None:
    emulator = await start_emulator(scenario_inline=SCENARIO)
    async with emulator.http.get(emulator.url + "/sns/mine?openid=o1") as response:
        assert response.headers["Content-Type"] == "text/plain"
        at = NOON_UNIX + 60
        assert await response.text() == rf'{{"url":"a\/b","at":{at},"who":"o1","times":3}}'


async def test_put_declares_further_ones_and_the_same_path_anew(emulator: Harness) -> None:
    await put(emulator, MINE)
    listed = await put(emulator, {"path": "/datacube/other", "token": False}, MINE)
    assert [each["path"] for each in listed["endpoints"]] == ["/wxa/mine", "/datacube/other"]
    assert listed == await emulator.control("GET", "endpoints")
    assert (await emulator.post("/datacube/other", {}))["errmsg"] == "ok"
    deleted = await emulator.control("DELETE", "endpoints?path=/wxa/mine")
    assert deleted == {"deleted": ["/wxa/mine"]}
    assert (await emulator.post("/wxa/mine", {}))["errcode"] == 40066
    assert await emulator.control("DELETE", "endpoints") == {"deleted": ["/datacube/other"]}


async def test_they_belong_to_their_world(emulator: Harness) -> None:
    await put(emulator, MINE | {"token": False}, world="one")
    assert (await emulator.post("/wxa/mine", {}, world="one"))["errcode"] == 0
    assert (await emulator.post("/wxa/mine", {}))["errcode"] == 40066


async def test_the_journal_and_its_filters_know_them(emulator: Harness) -> None:
    await put(emulator, MINE | {"token": False})
    await emulator.post("/wxa/mine", {})
    assert (await emulator.latest())["endpoint"] == "/wxa/mine"
    counted = await emulator.control("GET", "requests/count?endpoint=/wxa/mine&errcode=0")
    assert counted == {"count": 1}


async def test_a_rule_on_one_is_taken_once_it_is_declared(emulator: Harness) -> None:
    rule = {"on": "/wxa/mine", "then": {"errcode": -1}}
    status, _ = await emulator.call_control("POST", "rules", rule)
    assert status == 422
    await put(emulator, MINE)
    assert await emulator.control("POST", "rules", rule) == {"id": "r1"}


async def test_what_cannot_be_declared_is_refused_with_the_reason(emulator: Harness) -> None:
    for endpoint, pointer in (
        ({"path": "/cgi-bin/token"}, "/endpoints/0/path"),
        ({"path": "/livez"}, "/endpoints/0/path"),
        ({"path": "/wxa/x", "answer": {"a": ["${nwo}"]}}, "/endpoints/0/answer/a/0"),
        ({"path": "/wxa/x", "method": "PUT"}, "/endpoints/0/method"),
    ):
        status, problem = await emulator.call_control("PUT", "endpoints", {"endpoints": [endpoint]})
        assert (status, problem["errors"][0]["pointer"]) == (422, pointer)
    status, problem = await emulator.call_control("DELETE", "endpoints?path=/wxa/x")
    assert (status, problem["detail"]) == (404, "nobody declared '/wxa/x'")


async def test_a_snapshot_holds_them(emulator: Harness) -> None:
    await put(emulator, MINE | {"token": False})
    state = await emulator.control("GET", "state")
    await emulator.control("POST", "reset")
    assert (await emulator.control("GET", "endpoints"))["endpoints"] == []
    await emulator.control("PUT", "state", state)
    assert (await emulator.post("/wxa/mine", {}))["errcode"] == 0
    state["entities"]["DeclaredEndpoint"][0]["path"] = "/cgi-bin/token"
    status, problem = await emulator.call_control("PUT", "state", state)
    assert (status, problem["errors"][0]["pointer"]) == (
        422,
        "/entities/DeclaredEndpoint/0/path",
    )


def test_the_client_declares_and_deletes_them() -> None:
    with running() as emulator:
        emulator.client.put_endpoints({"path": "/wxa/mine", "method": "GET"})
        assert [each["method"] for each in emulator.client.endpoints()] == ["GET"]
        emulator.client.delete_endpoints("/wxa/mine")
        assert emulator.client.endpoints() == []
