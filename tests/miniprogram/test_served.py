"""A project copies the mini program's half from the emulator that its tests run against."""

from __future__ import annotations

import pytest

from emulator.miniprogram import SOURCES, read_source
from tests.support import Harness


@pytest.mark.parametrize("base", ["", "/w/other"])
@pytest.mark.parametrize("name", SOURCES)
async def test_a_file_is_served(emulator: Harness, base: str, name: str) -> None:
    async with emulator.http.get(f"{emulator.url}{base}/_emulator/{name}") as answer:
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert await answer.text() == read_source(name)


@pytest.mark.parametrize("name", ["run.js", "package.json", "../miniprogram/wx.js", "wx"])
async def test_nothing_else_is(emulator: Harness, name: str) -> None:
    async with emulator.http.get(f"{emulator.url}/_emulator/{name}") as answer:
        assert answer.status == 404


async def test_no_page_of_another_site_gets_it(emulator: Harness) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with emulator.http.get(f"{emulator.url}/_emulator/wx.js", headers=headers) as answer:
        assert answer.status == 403
