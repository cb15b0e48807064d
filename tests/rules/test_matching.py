"""Which rules act on which calls: order, counters, chance, sequences and time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support import APPID, OTHER_APPID, Harness, StartEmulator, jscode2session

BUSY, SLOWER = {"errcode": -1}, {"errcode": 45011}


async def errcodes(emulator: Harness, calls: int, code: str = "emu.alice") -> list[int]:
    """What so many logins answer; 0 is a session."""
    answers = [await emulator.exchange(code) for _ in range(calls)]
    return [answer.get("errcode", 0) for answer in answers]


RULES: list[tuple[dict[str, Any], list[int]]] = [
    ({"then": BUSY}, [-1, -1, -1, -1, -1]),
    ({"then": BUSY, "when": {"call": 2}}, [0, -1, 0, 0, 0]),
    ({"then": BUSY, "when": {"call": "1..2"}}, [-1, -1, 0, 0, 0]),
    ({"then": BUSY, "when": {"call": "4.."}}, [0, 0, 0, -1, -1]),
    ({"then": BUSY, "times": 2}, [-1, -1, 0, 0, 0]),
    ({"then": BUSY, "times": 1, "when": {"call": "3.."}}, [0, 0, -1, 0, 0]),
    ({"then": BUSY, "chance": 0}, [0, 0, 0, 0, 0]),
    ({"sequence": [BUSY, "ok", SLOWER]}, [-1, 0, 45011, 0, 0]),
    ({"sequence": [BUSY, SLOWER], "when": {"call": "2.."}}, [0, -1, 45011, 0, 0]),
    ({"sequence": [BUSY, SLOWER, BUSY], "when": {"call": "1..2"}}, [-1, 45011, 0, 0, 0]),
    ({"sequence": [BUSY, "ok", SLOWER], "times": 1}, [-1, 0, 0, 0, 0]),
]


@pytest.mark.parametrize(("rule", "expected"), RULES)
async def test_a_rule_acts_on_the_calls_it_names(
    emulator: Harness, rule: dict[str, Any], expected: list[int]
) -> None:
    await emulator.rule(**rule)
    assert await errcodes(emulator, 5) == expected


@pytest.mark.parametrize(
    ("when", "code", "acts"),
    [
        ({"user": "alice"}, "emu.alice", True),
        ({"user": "alice"}, "emu.bob", False),
        ({"js_code": "emu.bob"}, "emu.bob", True),
        ({"js_code": "emu.bob"}, "emu.bob.delay-0s", False),
        ({"appid": APPID}, "emu.alice", True),
        ({"appid": OTHER_APPID}, "emu.alice", False),
        ({"user": "alice", "appid": OTHER_APPID}, "emu.alice", False),
        ({"js_code": "emu.alice", "user": "bob"}, "emu.alice", False),
        ({"js_code": "emu.alice", "appid": OTHER_APPID}, "emu.alice", False),
        ({"query": {"grant_type": "authorization_code"}}, "emu.alice", True),
        ({"query": {"grant_type": "auth*"}}, "emu.alice", True),
        ({"query": {"access_token": "*"}}, "emu.alice", False),
        ({"header": {"user-agent": "*aiohttp*"}}, "emu.alice", True),
        ({"header": {"User-Agent": "curl*"}}, "emu.alice", False),
        ({"query": {"grant_type": "*auth*_*code*"}}, "emu.alice", True),
        ({"query": {"grant_type": "a*o*code"}}, "emu.alice", True),
        ({"query": {"grant_type": "*code*code"}}, "emu.alice", False),
        ({"query": {"grant_type": "*code*auth*"}}, "emu.alice", False),
        ({"query": {"grant_type": "authorization"}}, "emu.alice", False),
        ({"connection_call": "1.."}, "emu.alice", True),
        ({"connection_call": 9}, "emu.alice", False),
    ],
)
async def test_when_picks_its_calls(
    emulator: Harness, when: dict[str, Any], code: str, acts: bool
) -> None:
    await emulator.rule(BUSY, when=when)
    assert await errcodes(emulator, 1, code) == [-1 if acts else 0]


async def test_many_stars_take_no_longer_than_the_text_is(emulator: Harness) -> None:
    await emulator.rule(BUSY, when={"query": {"grant_type": "*a" * 25 + "b"}})
    assert (await emulator.exchange("x", grant_type="a" * 60))["errcode"] == 40002


async def test_a_star_stands_for_the_end_of_a_line_too(emulator: Harness) -> None:
    await emulator.rule(BUSY, when={"query": {"grant_type": "a*b"}})
    assert (await emulator.exchange("x", grant_type="a\nb"))["errcode"] == -1


async def test_a_rule_for_an_app_acts_on_calls_with_its_token(emulator: Harness) -> None:
    await emulator.rule(BUSY, on="checksession", when={"appid": OTHER_APPID})
    for appid, errcode in ((APPID, 0), (OTHER_APPID, -1)):
        assert await emulator.token_state(await emulator.fetch_token(appid=appid)) == errcode


async def test_a_rule_for_a_user_looks_into_real_codes_too(emulator: Harness) -> None:
    await emulator.rule(BUSY, when={"user": "alice"}, times=1)
    assert await errcodes(emulator, 1, await emulator.login("bob")) == [0]
    assert await errcodes(emulator, 1, await emulator.login("alice")) == [-1]
    journal = await emulator.control("GET", "requests?user=alice")
    assert [entry["errcode"] for entry in journal["requests"]] == [-1]


@pytest.mark.parametrize(
    ("on", "acts"),
    [("*", [-1, -1, -1]), ("token", [0, -1, 0]), (["token", "jscode2session"], [-1, -1, 0])],
)
async def test_on_picks_its_endpoints(
    emulator: Harness, on: str | list[str], acts: list[int]
) -> None:
    await emulator.rule(BUSY, on=on)
    token = f"/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret=x"
    targets = [jscode2session(js_code="emu.alice"), token, "/sns/nowhere"]
    answers = [await emulator.get(target) for target in targets]
    assert [each.get("errcode", 0) == -1 for each in answers] == [each == -1 for each in acts]


async def test_the_latest_posted_rule_is_outermost(emulator: Harness) -> None:
    await emulator.rule(BUSY)
    await emulator.rule(SLOWER, times=1)
    assert await errcodes(emulator, 2) == [45011, -1]


async def test_also_where_the_two_are_bound_to_different_things(emulator: Harness) -> None:
    await emulator.rule(BUSY)
    await emulator.rule(SLOWER, when={"user": "alice"})
    assert await errcodes(emulator, 1) == [45011]


async def test_a_rule_counts_only_the_calls_that_get_to_it(emulator: Harness) -> None:
    """The outer rule answers the first two calls, so the inner one's first is the third."""
    await emulator.rule(SLOWER, name="inner", when={"call": 1})
    await emulator.rule(BUSY, name="outer", when={"call": "1..2"})
    assert await errcodes(emulator, 4) == [-1, -1, 45011, 0]
    rules = (await emulator.control("GET", "rules"))["rules"]
    assert [(each["id"], each["calls"], each["acted"]) for each in rules] == [
        ("outer", 4, 2),
        ("inner", 2, 1),
    ]


async def test_a_codes_own_script_acts_innermost(emulator: Harness) -> None:
    await emulator.rule({"field": {"set": {"errmsg": "outer"}}})
    assert await emulator.exchange("emu.alice.errcode-40226") == {
        "errcode": 40226,
        "errmsg": "outer",
    }
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["rules"] == ["r1", "js_code"]
    assert entry["hint"] == "rule r1 acted: field; the code's script acted: errcode 40226"


async def test_the_answer_names_the_rule_in_its_hint_header(emulator: Harness) -> None:
    await emulator.rule(BUSY, name="Busy twice")
    async with emulator.http.get(emulator.url + jscode2session(js_code="emu.a")) as response:
        assert response.headers["X-Emulator-Hint"] == "rule busy-twice acted: errcode -1"


async def test_chance_fails_the_same_calls_in_every_run(emulator: Harness) -> None:
    runs = []
    for _ in range(2):
        await emulator.rule(BUSY, chance=0.3)
        runs.append(await errcodes(emulator, 60))
        await emulator.control("POST", "reset")
    assert runs[0] == runs[1]
    assert 8 <= runs[0].count(-1) <= 28


async def test_two_rules_throw_their_own_dice(emulator: Harness) -> None:
    await emulator.rule(BUSY, name="one", chance=0.5)
    await emulator.rule(SLOWER, name="two", chance=0.5)
    assert {-1, 45011, 0} == set(await errcodes(emulator, 40))


async def test_rules_on_the_same_calls_throw_apart(emulator: Harness) -> None:
    for name in ("one", "two"):
        await emulator.rule({"content_type": "x/y"}, name=name, chance=0.5)
    acted = set()
    for _ in range(40):
        await emulator.exchange("emu.alice")
        acted.add(tuple((await emulator.latest())["rules"]))
    assert acted == {(), ("one",), ("two",), ("two", "one")}


async def test_a_throw_as_high_as_the_chance_does_not_act(emulator: Harness) -> None:
    await emulator.rule(BUSY, chance=emulator.world().ids.chance("rule r1", 1))
    assert await errcodes(emulator, 1) == [0]


async def test_for_ends_in_the_worlds_time(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule(BUSY, **{"for": "30s"})
    assert await errcodes(emulator, 1) == [-1]
    await emulator.advance("29s")
    assert await errcodes(emulator, 1) == [-1]
    await emulator.advance("1s")
    assert await errcodes(emulator, 1) == [0]


async def test_from_begins_in_the_worlds_time_and_for_counts_from_there(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule(BUSY, **{"from": "60s", "for": "30s"}, when={"call": 1})
    await emulator.rule({"errcode": 45011}, **{"from": "60s", "for": "30s"}, when={"call": "2.."})
    assert await errcodes(emulator, 1) == [0]
    await emulator.advance("59s")
    assert await errcodes(emulator, 1) == [0]
    await emulator.advance("1s")
    assert await errcodes(emulator, 1) == [-1]
    await emulator.advance("29s")
    assert await errcodes(emulator, 1) == [45011]
    await emulator.advance("1s")
    assert await errcodes(emulator, 1) == [0]


async def test_from_alone_has_no_end(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule(BUSY, **{"from": "60s"})
    await emulator.advance("365d")
    assert await errcodes(emulator, 1) == [-1]


async def test_a_rules_life_is_in_the_snapshot(emulator: Harness) -> None:
    """Also how often it has acted: the restored world goes on where the old one was."""
    await emulator.rule(BUSY, when={"call": "1..3"})
    assert await errcodes(emulator, 2) == [-1, -1]
    state = await emulator.control("GET", "state")
    assert await errcodes(emulator, 2) == [-1, 0]
    await emulator.control("PUT", "state", state)
    assert await errcodes(emulator, 2) == [-1, 0]
    await emulator.control("PUT", "state", state, world="other")
    answers = [await emulator.exchange("emu.alice", world="other") for _ in range(2)]
    assert [answer.get("errcode") for answer in answers] == [-1, None]


async def test_a_rule_that_ends_leaves_no_count_behind(emulator: Harness) -> None:
    await emulator.rule(BUSY, times=2)
    await errcodes(emulator, 1)
    assert await tallies(emulator) == {
        "rule", "unnamed rule", "rule 1 calls", "rule 1 acted", "rule 1 times",
    }  # fmt: skip
    await emulator.control("DELETE", "rules/r1")
    assert await tallies(emulator) == {"rule", "unnamed rule"}


async def tallies(emulator: Harness) -> set[str]:
    entities = (await emulator.control("GET", "state"))["entities"]
    return {each["name"] for each in entities["Tally"]}


async def test_racing_calls_share_a_rules_times(emulator: Harness) -> None:
    await emulator.rule(BUSY, times=10)
    answers = await asyncio.gather(*(emulator.exchange("emu.alice") for _ in range(50)))
    assert [answer.get("errcode", 0) for answer in answers].count(-1) == 10


async def test_a_files_rules_act_in_its_order_and_posted_ones_before_them(
    start_emulator: StartEmulator,
) -> None:
    emulator = await start_emulator(
        scenario_inline="version: 1\nrules:\n"
        "  - {name: outer, on: '*', when: {call: 1..2}, then: {errcode: -1}}\n"
        "  - {name: inner, on: '*', when: {call: 1}, then: {errcode: 45011}}\n"
    )
    await emulator.rule({"errcode": 40226}, name="posted", times=1)
    rules = (await emulator.control("GET", "rules"))["rules"]
    assert [(rule["id"], rule["posted"]) for rule in rules] == [
        ("posted", True), ("outer", False), ("inner", False),
    ]  # fmt: skip
    assert await errcodes(emulator, 5) == [40226, -1, -1, 45011, 0]
    await emulator.control("DELETE", "rules")
    await emulator.control("POST", "reset")
    assert await errcodes(emulator, 4) == [-1, -1, 45011, 0]


async def test_for_of_a_file_counts_from_the_worlds_start(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(
        scenario_inline="version: 1\nclock: {at: 2026-01-01T08:00:00+08:00, frozen: true}\n"
        "rules: [{on: '*', for: 1m, then: {errcode: -1}}]\n"
    )
    assert await errcodes(emulator, 1) == [-1]
    await emulator.advance("1m")
    assert await errcodes(emulator, 1) == [0]
    await emulator.control("POST", "reset")
    assert await errcodes(emulator, 1) == [-1]


async def test_reset_ends_posted_rules(emulator: Harness) -> None:
    await emulator.rule(BUSY)
    await emulator.control("POST", "reset")
    assert await errcodes(emulator, 1) == [0]


async def test_worlds_do_not_share_rules(emulator: Harness) -> None:
    await emulator.rule(BUSY)
    assert "openid" in await emulator.exchange("emu.alice", world="other")


async def test_rules_of_other_users_are_never_looked_at(emulator: Harness) -> None:
    """A thousand bound rules cost as much as one: none of them is even asked."""
    gateway = emulator.server.worlds.get("default")
    assert gateway is not None
    for i in range(50):
        await emulator.rule(BUSY, when={"user": f"user{i}"})
        await emulator.rule(BUSY, when={"js_code": f"code{i}"})
    candidates = gateway.rules.candidates("jscode2session", {"user": "user7", "js_code": "code9"})
    assert {bound.rule.when.user or bound.rule.when.js_code for bound in candidates} == {
        "user7",
        "code9",
    }
    assert await errcodes(emulator, 1, "emu.user7") == [-1]
    assert await errcodes(emulator, 1, "emu.alice") == [0]


async def test_a_rule_acts_at_its_place_whatever_it_is_bound_to(
    start_emulator: StartEmulator,
) -> None:
    emulator = await start_emulator(
        scenario_inline="version: 1\nrules:\n"
        "  - {name: first, on: '*', then: &then {content_type: x/y}}\n"
        "  - {name: of-alice, on: '*', when: {user: alice}, then: *then}\n"
        "  - {name: third, on: jscode2session, then: *then}\n"
        "  - {name: of-the-app, on: '*', when: {appid: " + APPID + "}, then: *then}\n"
        "  - {name: of-the-code, on: '*', when: {js_code: emu.alice}, then: *then}\n"
        "  - {name: last, on: '*', then: *then}\n"
    )
    then = {"content_type": "x/y"}
    await emulator.rule(then, name="earlier")
    await emulator.rule(then, name="later-of-alice", when={"user": "alice"})
    await emulator.rule(then, name="latest")
    await emulator.exchange("emu.alice")
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["rules"] == [
        "latest", "later-of-alice", "earlier",
        "first", "of-alice", "third", "of-the-app", "of-the-code", "last",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "when", [{"user": "alice"}, {"js_code": "emu.alice"}, {"appid": APPID}], ids=str
)
async def test_a_bound_rule_acts_on_its_endpoints_alone(
    emulator: Harness, when: dict[str, str]
) -> None:
    await emulator.rule(BUSY, on=["token", "checksession"], when=when)
    assert await errcodes(emulator, 1) == [0]


async def test_rules_of_one_name_in_a_file_are_told_apart(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(
        scenario_inline="version: 1\nrules:\n"
        "  - {name: busy, on: '*', times: 1, then: {errcode: -1}}\n"
        "  - {name: busy, on: '*', times: 1, then: {errcode: 45011}}\n"
    )
    assert await errcodes(emulator, 3) == [-1, 45011, 0]
    rules = (await emulator.control("GET", "rules"))["rules"]
    assert [(rule["id"], rule["acted"]) for rule in rules] == [("busy", 1), ("busy-2", 1)]
