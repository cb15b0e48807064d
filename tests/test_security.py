"""What SECURITY.md promises: each promise names the tests that hold it, and they are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from emulator.core.settings import Settings
from tests.docs.pages import ROOT
from tests.support import APPID, SECRET, Harness

TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
PROMISES = [part.partition("\n\n")[0] for part in TEXT.split("\n- ")[1:]]
HELD_BY = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CONNECTING = {
    "create_connection", "open_connection", "sock_connect", "connect", "connect_ex", "urlopen",
    "HTTPConnection", "HTTPSConnection", "ClientSession",
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[:40])
def test_a_promise_names_tests_that_exist(promise: str) -> None:
    named = HELD_BY.findall(promise)
    assert named
    for file, test in named:
        assert test in functions(ROOT / file), f"{file} has no {test}"


def functions(file: Path) -> set[str]:
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    return {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_it_listens_on_loopback_by_default() -> None:
    assert Settings().host == ("127.0.0.1",)


def test_nothing_else_opens_a_connection() -> None:
    found = {
        str(file.relative_to(ROOT / "emulator"))
        for file in (ROOT / "emulator").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if getattr(node, "attr", getattr(node, "id", "")) in CONNECTING
    }
    # The proxy's tunnel; the control API's client; and what leads a test's own connections here.
    assert found == {"http/tunnel.py", "testing/client.py", "testing/redirect.py"}


async def test_state_and_sessions_are_whole(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    session = await emulator.exchange(await emulator.login())
    state = await emulator.control("GET", "state")
    assert state["entities"]["App"][0]["secret"] == SECRET
    (shown,) = (await emulator.control("GET", "sessions"))["sessions"]
    assert shown["session_key"] == session["session_key"]
