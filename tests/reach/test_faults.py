"""A scripted RST or FIN through `exec`: to clients it is the same by proxy as by the real name."""

from __future__ import annotations

import json
import sys

import pytest

from tests.reach.faults import BY_NAME, CLIENTS, by_proxy
from tests.reach.support import EMULATOR, LOGIN_URL, PROGRAMS, need, need_namespaces, run


def told(*flags: str) -> dict[str, list[str]]:
    """What each fault was to each client; each comes with a code of its own."""
    for tool in ("curl", "node"):
        need(tool)
    urls = [LOGIN_URL.replace("emu.alice", f"emu.NAME.{word}") for word in BY_NAME]
    done = run(*EMULATOR, "exec", *flags, "--", sys.executable, PROGRAMS / "ask_all.py", *urls)
    assert done.returncode == 0, done.stderr
    return dict(zip(BY_NAME, json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def proxied() -> dict[str, list[str]]:
    return told()


@pytest.fixture(scope="module")
def named() -> dict[str, list[str]]:
    need_namespaces()
    return told("--hosts")


@pytest.mark.parametrize("word", BY_NAME)
def test_a_fault_by_proxy(word: str, proxied: dict[str, list[str]]) -> None:
    expect(proxied[word], by_proxy(word))


@pytest.mark.parametrize("word", BY_NAME)
def test_a_fault_by_the_real_name(word: str, named: dict[str, list[str]]) -> None:
    expect(named[word], BY_NAME[word])


def expect(found: list[str], expected: tuple[str, ...]) -> None:
    """Each client says what the table says, or one of the two that it names."""
    for client, said, words in zip(CLIENTS, found, expected, strict=True):
        assert said in words.split(" or "), client
