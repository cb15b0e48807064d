"""The plugin from outside: pytest runs a file that uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUSY = "version: 1\nrules: [{on: jscode2session, then: {errcode: -1}}]\n"


def run(pytester: pytest.Pytester, code: str, *args: str) -> pytest.RunResult:
    pytester.makepyfile(code)
    # What it prints is expected in the order of the code.
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", *args)


EXCHANGE = """
import json
from urllib.request import urlopen

def exchange(base, code, appid="wx0000000000000001"):
    with urlopen(f"{base}/sns/jscode2session?appid={appid}&secret=s&js_code={code}") as answer:
        return json.load(answer)
"""


def test_a_plain_test_logs_in_and_looks_at_the_calls(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        EXCHANGE
        + """
def test_login(wechat_emulator):
    code = wechat_emulator.login("alice")
    assert exchange(wechat_emulator.url, code)["openid"]
    wechat_emulator.assert_called("jscode2session", user="alice", times=1)
    assert [call["js_code"] for call in wechat_emulator.requests()] == [code]
""",
    )
    result.assert_outcomes(passed=1)


def test_an_asyncio_test_uses_the_same_fixture(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
import aiohttp

async def test_login(wechat_emulator):
    params = {"appid": "wx0000000000000001", "secret": "s", "js_code": wechat_emulator.login()}
    async with aiohttp.ClientSession(wechat_emulator.url.rstrip("/") + "/") as http:
        async with http.get("sns/jscode2session", params=params) as answer:
            assert "openid" in await answer.text()
""",
        "-o",
        "asyncio_mode=auto",
    )
    result.assert_outcomes(passed=1)


def test_a_failed_test_names_the_rules_that_no_call_matched(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_fails(wechat_emulator):
    wechat_emulator.rule(name="outage", on="token", then={"close": True})
    assert False
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*WeChat calls*", "no call matched the rules outage"])


def test_each_test_has_a_world_of_its_own(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
import pytest

@pytest.mark.parametrize("n", range(5))
def test_alone(wechat_emulator, n):
    assert wechat_emulator.requests() == []
    assert wechat_emulator.client.users() == []
    wechat_emulator.client.put_user("bob")
    wechat_emulator.advance("1h")
""",
    )
    result.assert_outcomes(passed=5)


def test_a_world_is_gone_after_its_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_one(wechat_emulator):
    wechat_emulator.login()

def test_two(wechat_emulator):
    assert wechat_emulator.client.worlds() == ["default"]
""",
    )
    result.assert_outcomes(passed=2)


def test_time_travels_for_one_test_only(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        EXCHANGE
        + """
def test_expired(wechat_emulator):
    code = wechat_emulator.login()
    wechat_emulator.advance("5m1s")
    assert exchange(wechat_emulator.url, code)["errcode"] == 40029
""",
    )
    result.assert_outcomes(passed=1)


def test_the_marker_starts_the_world_from_a_scenario(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", busy=BUSY)
    result = run(
        pytester,
        EXCHANGE
        + f"""
import pytest

@pytest.mark.wechat_emulator("busy.yaml")
def test_file(wechat_emulator):
    assert exchange(wechat_emulator.url, wechat_emulator.login())["errcode"] == -1

@pytest.mark.wechat_emulator(scenario={BUSY!r})
def test_text(wechat_emulator):
    assert exchange(wechat_emulator.url, wechat_emulator.login())["errcode"] == -1

@pytest.mark.wechat_emulator({{"version": 1, "users": [{{"name": "bob"}}]}})
def test_values(wechat_emulator):
    assert [u["name"] for u in wechat_emulator.client.users()] == ["bob"]

def test_without(wechat_emulator):
    assert "openid" in exchange(wechat_emulator.url, wechat_emulator.login())
""",
    )
    result.assert_outcomes(passed=4)


def test_a_marker_without_a_scenario_says_what_it_takes(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
import pytest

@pytest.mark.wechat_emulator(file="x")
def test_wrong(wechat_emulator):
    pass
""",
    )
    result.stdout.fnmatch_lines(["*wechat_emulator takes one scenario, got file*"])


def test_settings_are_overridden_in_conftest(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", busy=BUSY)
    pytester.makeconftest(
        """
import pytest

@pytest.fixture(scope="session")
def wechat_emulator_settings():
    return {"scenario": "busy.yaml"}
"""
    )
    result = run(
        pytester,
        EXCHANGE
        + """
def test_busy(wechat_emulator):
    assert exchange(wechat_emulator.url, wechat_emulator.login())["errcode"] == -1
""",
    )
    result.assert_outcomes(passed=1)


def test_a_failed_assertion_lists_what_came_and_the_nearest_call(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        EXCHANGE
        + """
def test_wrong(wechat_emulator):
    code = wechat_emulator.login("alice")
    exchange(wechat_emulator.url, code)
    exchange(wechat_emulator.url, code)
    wechat_emulator.assert_called("jscode2session", user="bob", errcode=40163)
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*expected at least 1 call of jscode2session, user='bob', errcode=40163; got 0",
            "*what came:",
            "*#1 GET /sns/jscode2session alice * -> 200",
            "*#2 GET /sns/jscode2session alice * -> 40163 (this code was exchanged*",
            "*the nearest is #2:",
            "*user: expected 'bob', got 'alice'",
        ]
    )


def test_a_failed_test_shows_its_calls_with_their_hints(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        EXCHANGE
        + """
def test_good(wechat_emulator):
    exchange(wechat_emulator.url, wechat_emulator.login("bob"))

def test_wrong(wechat_emulator):
    assert "openid" in exchange(wechat_emulator.url, "x")
""",
    )
    result.stdout.fnmatch_lines(
        [
            "*Captured WeChat calls*",
            "#1 GET /sns/jscode2session x -> 40029 (*wechat-emulator login*",
        ]
    )
    result.stdout.no_fnmatch_line("*bob*")
    result.stdout.no_fnmatch_line("*Captured stderr*")


def test_a_call_that_was_never_possible_cannot_be_counted(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        EXCHANGE
        + """
def test_a_success_is_errcode_0(wechat_emulator):
    exchange(wechat_emulator.url, wechat_emulator.login("alice"))
    wechat_emulator.assert_called("jscode2session", errcode=0, times=1)

def test_misspelt_endpoint(wechat_emulator):
    wechat_emulator.assert_called("jscode2sesion", times=0)

def test_misspelt_filter(wechat_emulator):
    wechat_emulator.assert_called("jscode2session", usr="bob", times=0)
""",
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["*got 'jscode2sesion'; did you mean 'jscode2session'?", "*usr: expected one of endpoint*"]
    )


def test_no_call_at_all_asks_for_the_url(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_wrong(wechat_emulator):
    wechat_emulator.assert_called()
""",
    )
    result.stdout.fnmatch_lines(["*no call came at all. Does the backend use this world's URL?"])


def test_parallel_workers_never_see_each_other(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        EXCHANGE
        + """
import pytest

@pytest.mark.parametrize("n", range(500))
def test_alone(wechat_emulator, n):
    code = wechat_emulator.login(f"user-{n}")
    assert exchange(wechat_emulator.url, code)["openid"]
    assert [call["user"] for call in wechat_emulator.requests()] == [f"user-{n}"]
""",
        "-n2",
    )
    result.assert_outcomes(passed=500)


def test_importing_the_plugin_imports_nothing_of_ours() -> None:
    code = (
        "import sys, pytest, emulator.testing.pytest_plugin\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in"
        " ('emulator', 'aiohttp', 'msgspec', 'click', 'yaml')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    ours = ["emulator", "emulator.testing", "emulator.testing.pytest_plugin"]
    assert done.stdout.strip() == str(ours)
