"""The scenario's road in after the start: `PUT scenario`, and what the API says of it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from msgspec import json

from tests.support import APPID, OTHER_APPID, SECRET, Harness, StartEmulator

YAML = {"Content-Type": "application/yaml"}
ONE = f"version: 1\nname: one\nseed: 7\napps: [{{appid: {APPID}}}]\nusers: [{{name: alice}}]\n"


async def put(
    emulator: Harness, text: str, *, world: str = "default", route: str = "scenario"
) -> tuple[int, Any]:
    """The status and answer of a scenario sent as YAML."""
    method = "PUT" if route == "scenario" else "POST"
    return await emulator.call_control(
        method, route, world=world, data=text.encode(), json=None, headers=YAML
    )


async def names(emulator: Harness, world: str = "default") -> list[str]:
    """Who is declared in a world."""
    users = await emulator.control("GET", "users", world=world)
    return [user["name"] for user in users["users"]]


async def test_yaml_is_loaded_and_resets_the_world(emulator: Harness) -> None:
    await emulator.control("PUT", "users/bob")
    status, answer = await put(emulator, ONE)
    digest = sha256(ONE.encode()).hexdigest()
    assert (status, answer) == (200, {"name": "one", "sha256": digest, "warnings": []})
    assert await names(emulator) == ["alice"]


async def test_json_is_loaded_too(emulator: Harness) -> None:
    body = {"version": 1, "users": [{"name": "alice", "nickname": "😀"}]}
    answer = await emulator.control("PUT", "scenario", body)
    assert answer["name"] == "request body"
    assert await names(emulator) == ["alice"]


async def test_a_bad_scenario_changes_nothing_and_tells_every_place(emulator: Harness) -> None:
    await put(emulator, ONE)
    code = await emulator.login()
    status, problem = await put(emulator, "version: 1\nusers: [{name: bob}]\nnaem: x\nseed: -1\n")
    assert status == 422
    assert [(e["line"], e["column"], e["near"]) for e in problem["errors"]] == [
        (3, 1, "name"),
        (4, 7, None),
    ]
    assert "request body:3:1: naem: expected one of" in problem["detail"]
    assert await names(emulator) == ["alice"]
    assert "openid" in await emulator.exchange(code)


async def test_bad_json_is_told_by_pointer(emulator: Harness) -> None:
    body = {"version": 1, "users": [{"name": "a"}, {"name": "a"}]}
    status, problem = await emulator.call_control("PUT", "scenario", body)
    assert status == 422
    assert [error["pointer"] for error in problem["errors"]] == ["/users/1/name"]
    assert "(first: users[0].name)" in problem["detail"]


async def put_for_people(emulator: Harness, text: str, kind: str, accept: str) -> tuple[str, str]:
    """The content type and the text of a refusal, the file being named."""
    url = f"{emulator.url}/_emulator/v1/scenario?file=tests/wechat.yaml"
    headers = {"Content-Type": kind, "Accept": accept}
    async with emulator.http.put(url, data=text.encode(), headers=headers) as response:
        assert response.status == 422
        return response.content_type, await response.text()


@pytest.mark.parametrize("kind", ["application/yaml", "application/json"])
async def test_a_refusal_for_people_names_the_file_and_shows_the_line(
    emulator: Harness, kind: str
) -> None:
    media, text = await put_for_people(emulator, '{"version": 1, "naem": "x"}', kind, "text/plain")
    assert media == "text/plain"
    first, excerpt, caret = text.splitlines()
    assert first.startswith("tests/wechat.yaml:1:16: naem: expected one of")
    assert excerpt == '    1 | {"version": 1, "naem": "x"}'
    assert caret == "      |                ^^^^^^"


@pytest.mark.parametrize("accept", ["application/json, text/plain, */*", "*/*", "application/*"])
async def test_a_refusal_for_programs_names_the_file_too(emulator: Harness, accept: str) -> None:
    media, text = await put_for_people(
        emulator, "version: 1\nnaem: x\n", YAML["Content-Type"], accept
    )
    assert media == "application/problem+json"
    assert json.decode(text)["errors"][0]["file"] == "tests/wechat.yaml"


async def test_a_scenario_is_called_as_its_file(emulator: Harness) -> None:
    status, answer = await emulator.call_control(
        "PUT", "scenario?file=tests/wechat.yaml", data=b"version: 1", json=None, headers=YAML
    )
    assert (status, answer["name"]) == (200, "wechat")


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b"[]", b"null", b"{}"])
async def test_what_is_no_scenario_is_422(emulator: Harness, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    status, _ = await emulator.call_control(
        "PUT", "scenario", data=body, json=None, headers=headers
    )
    assert status == 422


async def test_validate_only_looks(emulator: Harness) -> None:
    status, answer = await put(emulator, ONE, route="scenario/validate")
    assert (status, answer["name"]) == (200, "one")
    assert await names(emulator) == []
    status, problem = await put(emulator, "version: 3", route="scenario/validate")
    assert (status, problem["title"]) == (422, "Scenario does not fit")


async def test_the_default_worlds_scenario_is_for_later_worlds_too(emulator: Harness) -> None:
    await emulator.control("PUT", "users/carol", world="earlier")
    await put(emulator, ONE)
    assert await names(emulator, "earlier") == ["carol"]
    assert await names(emulator, "later") == ["alice"]
    await emulator.control("POST", "reset", world="earlier")
    assert await names(emulator, "earlier") == [], "reset goes back to where it came from"


async def test_another_worlds_scenario_is_for_that_one_alone(emulator: Harness) -> None:
    await put(emulator, ONE, world="w")
    assert await names(emulator, "w") == ["alice"]
    assert await names(emulator) == []
    assert await names(emulator, "later") == []
    await emulator.control("POST", "reset", world="w")
    assert await names(emulator, "w") == ["alice"]
    await emulator.control("DELETE", "worlds/w")
    assert await names(emulator, "w") == [], "a deleted world is made anew from the default's"


async def test_get_says_what_was_put(emulator: Harness) -> None:
    await put(emulator, ONE)
    answer = await emulator.control("GET", "scenario")
    assert answer["scenario"]["users"] == [{"name": "alice"}]
    assert answer["sha256"] == sha256(ONE.encode()).hexdigest()
    assert await as_yaml(emulator) == ONE


async def as_yaml(emulator: Harness) -> str:
    """GET scenario, YAML wanted."""
    url = f"{emulator.url}/_emulator/v1/scenario"
    async with emulator.http.get(url, headers={"Accept": "application/yaml"}) as response:
        assert response.content_type == "application/yaml"
        return await response.text()


async def test_what_get_says_in_yaml_can_be_put(emulator: Harness) -> None:
    body = {"version": 1, "name": 'a "quoted" 名字', "users": [{"name": "0123"}]}
    await emulator.control("PUT", "scenario", body)
    status, _ = await put(emulator, await as_yaml(emulator))
    assert status == 200
    assert (await emulator.control("GET", "scenario"))["scenario"] == body


async def test_without_a_scenario_get_says_so(emulator: Harness) -> None:
    answer = await emulator.control("GET", "scenario")
    assert answer == {"name": None, "sha256": None, "scenario": {"version": 1}}


async def test_health_names_the_scenario(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario_inline=ONE)
    health = await emulator.control("GET", "health")
    assert health["scenario"] == "one"
    assert health["sha256"] == sha256(ONE.encode()).hexdigest()


async def test_the_rules_of_a_scenario_act_and_come_back_with_a_reset(emulator: Harness) -> None:
    text = ONE + "rules: [{name: Busy, on: jscode2session, times: 1, then: {errcode: -1}}]\n"
    await put(emulator, text)
    for _ in range(2):
        code = await emulator.login()
        assert (await emulator.exchange(code))["errcode"] == -1
        assert "openid" in await emulator.exchange(code)
        await emulator.control("POST", "reset")


async def test_a_declared_code_carries_its_script(emulator: Harness) -> None:
    await put(emulator, ONE + "codes: [{code: unlucky, user: alice, then: {errcode: 40226}}]\n")
    assert (await emulator.exchange("unlucky"))["errcode"] == 40226


async def test_openapi_describes_the_scenario(emulator: Harness) -> None:
    api = await emulator.control("GET", "openapi.json")
    put_scenario = api["paths"]["/_emulator/v1/scenario"]["put"]
    content = put_scenario["requestBody"]["content"]
    assert content["application/yaml"]["schema"] == {"$ref": "#/components/schemas/Scenario"}
    assert "clock" in api["components"]["schemas"]["Scenario"]["properties"]
    assert json.encode(api)


SECRETS = f"""\
version: 1  # {SECRET}
apps:
  - {{appid: {APPID}, secret: correct-horse, platforms: {{{OTHER_APPID}: battery-staple}}}}
  - appid: {OTHER_APPID}
    secret: {SECRET}  # of the other one
users: [{{name: alice, phone: "13800138000"}}]
rules:
  - {{on: "*", then: {{session_key: tiihtNczf5v6AKRyjwEUhQ==}}}}
"""


async def test_get_shows_no_secret(emulator: Harness) -> None:
    await put(emulator, SECRETS)
    shown = (await emulator.control("GET", "scenario"))["scenario"]
    first, second = shown["apps"]
    assert (first["secret"], first["platforms"]) == ("****orse", {OTHER_APPID: "****aple"})
    assert second["secret"] == "****cdef"
    assert shown["users"][0]["phone"] == "13800138000", "people declare it; only calls are masked"
    text = await as_yaml(emulator)
    assert 'secret: "****cdef"  # of the other one' in text
    rules = await emulator.control("GET", "rules")
    assert rules["rules"][0]["rule"]["then"] == {"session_key": "****hQ=="}
    for secret in (SECRET, "correct-horse", "battery-staple", "tiiht"):
        assert secret not in f"{shown}{text}{rules}"


@pytest.mark.parametrize("secret", ["\n      correct-horse", ">-\n      correct-horse"])
async def test_get_is_json_where_the_yaml_would_show_a_secret(
    emulator: Harness, secret: str
) -> None:
    await put(emulator, f"version: 1\napps:\n  - appid: {APPID}\n    secret: {secret}\n")
    text = await as_yaml(emulator)
    assert json.decode(text)["apps"] == [{"appid": APPID, "secret": "****orse"}]


async def test_what_get_masked_cannot_be_put(emulator: Harness) -> None:
    await put(emulator, SECRETS)
    masked = (await emulator.control("GET", "scenario"))["scenario"]
    as_json = await emulator.call_control("PUT", "scenario", masked)
    for status, problem in (as_json, await put(emulator, await as_yaml(emulator))):
        assert status == 422
        assert (
            "apps[0].secret: expected the value itself, got '****orse' (this is a masked value)"
            in (problem["detail"])
        )
        assert len(problem["errors"]) == 4
    status, problem = await put(
        emulator, f"version: 1\napps: [{{appid: {APPID}, secret: ****cdef}}]"
    )
    assert "expected the value itself, got a masked value" in problem["detail"]


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("PUT", f"apps/{APPID}", {"secret": "****cdef"}),
        ("PUT", f"apps/{APPID}", {"platforms": {OTHER_APPID: "****"}}),
        ("POST", "rules", {"on": "*", "then": {"session_key": "****hQ=="}}),
        ("POST", "rules", {"on": "*", "then": {"body": '{"session_key":"****hQ=="}'}}),
    ],
)
async def test_a_masked_value_is_refused(
    emulator: Harness, method: str, route: str, body: dict[str, Any]
) -> None:
    status, problem = await emulator.call_control(method, route, body)
    assert status == 422
    assert "(this is a masked value)" in problem["detail"]


async def test_a_nickname_may_hold_stars(emulator: Harness) -> None:
    await emulator.control("PUT", "users/alice", {"nickname": "****"})
    status, _ = await put(
        emulator, ONE + "rules: [{on: '*', when: {header: {X: '****a'}}, then: {errcode: -1}}]\n"
    )
    assert status == 200


async def test_a_mistake_shows_no_secret(emulator: Harness) -> None:
    app = f"{{appid: {SECRET}, secret: correct-horse, x: {SECRET}}}"
    text = f"version: 1\napps: [{app}]\n{SECRET}: 1\n"
    status, problem = await put(emulator, text)
    assert status == 422
    assert SECRET not in str(problem)
    assert "correct-horse" not in str(problem)
    assert "[{appid: ****" in problem["detail"]
    status, problem = await emulator.call_control("PUT", f"apps/{APPID}", {"secret": 123456789012})
    assert problem["errors"][0]["got"] == "****9012"
