"""Rules at run time: posted, listed with what they did, ended."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core.entities import StoredRule
from emulator.rules import matching
from tests.support import Harness

BUSY = {"on": "jscode2session", "then": {"errcode": -1}}


async def ids(emulator: Harness) -> list[str]:
    return [rule["id"] for rule in (await emulator.control("GET", "rules"))["rules"]]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([""], ["r1"]),
        (["", ""], ["r1", "r2"]),
        (["Busy twice!"], ["busy-twice"]),
        (["busy", "Busy", "BUSY"], ["busy", "busy-2", "busy-3"]),
        (["系统 繁忙"], ["系统-繁忙"]),
        (["r1", ""], ["r1", "r2"]),
        (["---"], ["r1"]),
        (["a_b"], ["a-b"]),
        (["x" * 100], ["x" * 64]),
    ],
)
async def test_the_id_comes_from_the_name(
    emulator: Harness, names: list[str], expected: list[str]
) -> None:
    answers = [await emulator.control("POST", "rules", BUSY | {"name": name}) for name in names]
    assert [answer["id"] for answer in answers] == expected
    assert await ids(emulator) == expected[::-1]


async def test_the_list_shows_each_rule_as_written_and_how_often_it_acted(
    emulator: Harness,
) -> None:
    rule: dict[str, Any] = BUSY | {"name": "busy", "when": {"call": "2.."}, "for": "1h"}
    await emulator.control("POST", "rules", rule)
    for _ in range(3):
        await emulator.exchange("emu.alice")
    (shown,) = (await emulator.control("GET", "rules"))["rules"]
    assert shown == {"id": "busy", "calls": 3, "acted": 2, "posted": True, "rule": rule}


async def test_a_rule_ends_when_deleted(emulator: Harness) -> None:
    await emulator.control("POST", "rules", BUSY)
    assert await emulator.control("DELETE", "rules/r1") == {"deleted": "r1"}
    assert "openid" in await emulator.exchange("emu.alice")


async def test_a_rule_that_comes_back_counts_from_the_start(emulator: Harness) -> None:
    for _ in range(2):
        await emulator.control("POST", "rules", BUSY | {"name": "busy", "times": 1})
        assert (await emulator.exchange("emu.alice"))["errcode"] == -1
        assert "openid" in await emulator.exchange("emu.alice")
        await emulator.control("DELETE", "rules/busy")


async def test_all_rules_end_at_once(emulator: Harness) -> None:
    for name in ("a", "b"):
        await emulator.control("POST", "rules", BUSY | {"name": name})
    assert await emulator.control("DELETE", "rules") == {"deleted": ["b", "a"]}
    assert await ids(emulator) == []


async def test_an_id_in_chinese_can_be_deleted(emulator: Harness) -> None:
    await emulator.control("POST", "rules", BUSY | {"name": "繁忙"})
    assert await emulator.control("DELETE", "rules/繁忙") == {"deleted": "繁忙"}


async def test_an_unknown_id_is_404_with_the_nearest(emulator: Harness) -> None:
    await emulator.control("POST", "rules", BUSY | {"name": "busy twice"})
    status, problem = await emulator.call_control("DELETE", "rules/busy-twise")
    assert status == 404
    assert problem["detail"] == (
        "there is no rule 'busy-twise'; did you mean 'busy-twice'? (rules: busy-twice)"
    )


async def test_every_mistake_of_a_rule_has_its_pointer(emulator: Harness) -> None:
    rule = {"on": "jscode2session", "then": {"dely": "3s", "errcode": "x"}, "chance": 7}
    status, problem = await emulator.call_control("POST", "rules", rule)
    assert status == 422
    assert [each["pointer"] for each in problem["errors"]] == [
        "/then/dely",
        "/then/errcode",
        "/chance",
    ]
    assert problem["errors"][0]["near"] == "delay"
    assert await ids(emulator) == []


async def test_a_rule_in_one_world_is_not_in_another(emulator: Harness) -> None:
    await emulator.control("POST", "rules", BUSY, world="a")
    assert await ids(emulator) == []


async def test_the_description_of_the_api_holds_rules(emulator: Harness) -> None:
    description = await emulator.control("GET", "openapi.json")
    assert {"get", "post", "delete"} <= set(description["paths"]["/_emulator/v1/rules"])
    assert "errcode" in str(description["components"]["schemas"]["Rule"])


async def test_an_id_that_another_replica_gave_out_is_not_given_again(emulator: Harness) -> None:
    """It lies in the store already, though this process has not read it yet."""
    theirs = StoredRule("busy", 7, 0.0, "{}", posted=True)
    emulator.world().view.store.put(theirs)
    answer = await emulator.control("POST", "rules", BUSY | {"name": "busy"})
    assert answer == {"id": "busy-2"}


async def test_a_world_takes_so_many_rules_and_no_more(
    emulator: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_RULES", 2)
    first, _ = await emulator.rule({"errcode": -1}), await emulator.rule({"errcode": -1})
    body = {"on": "*", "then": {"errcode": -1}}
    status, problem = await emulator.call_control("POST", "rules", body)
    assert status == 429
    assert problem["detail"].endswith("no more fit; DELETE rules/ID frees one")
    await emulator.control("DELETE", f"rules/{first}")
    await emulator.rule({"errcode": -1})
