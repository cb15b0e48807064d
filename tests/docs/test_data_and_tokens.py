"""The pages on encrypted data, tokens and web logins: their tests pass, their scenarios load."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.testing.emulator import Emulator, running
from emulator.wechat.decrypt_diagnosis import open_sealed
from tests.docs.pages import HOWTO, sections
from tests.vectors import OFFICIAL

PAGES = [HOWTO / "encrypted-data.md", HOWTO / "tokens.md", HOWTO / "website-login.md"]
TESTS = [code for page in PAGES for section in sections(page) for code in section.blocks("python")]


@pytest.mark.parametrize("code", TESTS)
def test_a_block_of_python_is_a_test_that_passes(code: str, wechat_emulator: Emulator) -> None:
    names: dict[str, Any] = {}
    exec(compile(code, "howto", "exec"), names)  # noqa: S102  # our own page
    (test,) = [each for name, each in names.items() if name.startswith("test_")]
    test(wechat_emulator)


def test_the_scenario_starts() -> None:
    (code,) = [code for section in sections(PAGES[1]) for code in section.blocks("yaml")]
    with running(scenario_inline=code) as emulator:
        assert emulator.client.health()["behaviour"]["token_overlap"] == "0s"


def test_the_diagnosis_on_the_page_is_what_is_said() -> None:
    (block,) = [code for section in sections(PAGES[0]) for code in section.blocks("console")]
    spoilt = OFFICIAL.encrypted_data.replace("+", " ")
    (problem,) = open_sealed(spoilt, OFFICIAL.session_key, OFFICIAL.iv).problems
    assert block.splitlines()[-1] == f"wechat-emulator: {problem}"
