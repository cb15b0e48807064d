"""--watch: a changed file is loaded again; a bad one leaves the old scenario serving."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support import Harness, StartEmulator


class Edited:
    """A scenario file under the test's hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._edits = 0

    def says(self, text: str) -> None:
        """Write it, later than the last time, however coarse the file system's clock is."""
        self._edits += 1
        self.path.write_text(text)
        os.utime(self.path, (self._edits, self._edits))


@pytest.fixture
def file(tmp_path: Path) -> Edited:
    edited = Edited(tmp_path / "watched.yaml")
    edited.says("version: 1\nusers: [{name: alice}]")
    return edited


@pytest.fixture
async def watching(start_emulator: StartEmulator, file: Edited) -> Harness:
    return await start_emulator(scenario=str(file.path), watch=True)


async def look(emulator: Harness, times: int = 2) -> None:
    """What the server does every second; a change counts once it has come to rest."""
    for _ in range(times):
        await emulator.server.reload_if_changed()


async def names(emulator: Harness, world: str = "default") -> list[str]:
    users = await emulator.control("GET", "users", world=world)
    return [user["name"] for user in users["users"]]


async def readiness(emulator: Harness) -> str:
    async with emulator.http.get(emulator.url + "/readyz") as response:
        assert response.status == 200
        return await response.text()


async def test_a_changed_file_restarts_every_world_made_from_it(
    watching: Harness, file: Edited
) -> None:
    assert await names(watching, "other") == ["alice"]
    file.says("version: 1\nusers: [{name: bob}]")
    await look(watching)
    assert await names(watching) == await names(watching, "other") == ["bob"]
    assert await names(watching, "later") == ["bob"]


async def test_a_file_is_left_alone_until_it_has_come_to_rest(
    watching: Harness, file: Edited
) -> None:
    file.says("version: 1\nusers: []")
    await look(watching, times=1)
    file.says("version: 1\nusers: [{name: bob}]")
    await look(watching, times=1)
    assert await names(watching) == ["alice"]
    await look(watching, times=1)
    assert await names(watching) == ["bob"]


async def test_a_bad_file_keeps_the_old_scenario_and_is_told(
    watching: Harness, file: Edited, capsys: pytest.CaptureFixture[str]
) -> None:
    file.says("version: 1\nusers: [{nmae: bob}]\nsecret: hush")
    await look(watching, times=3)
    assert await names(watching) == ["alice"]
    text = await readiness(watching)
    assert text.startswith("ready\nwarning: ")
    assert f"{file.path}:2:10: users[0].nmae: expected" in text
    log = capsys.readouterr().err
    assert log.count("scenario not loaded again") == 1
    assert "hush" not in log + text


async def test_a_mended_file_ends_the_warning(watching: Harness, file: Edited) -> None:
    file.says("version: 2")
    await look(watching)
    file.says("version: 1\nusers: [{name: bob}]")
    await look(watching)
    assert await readiness(watching) == "ready\n"
    assert await names(watching) == ["bob"]


async def test_a_vanished_file_is_a_warning_until_it_is_back(
    watching: Harness, file: Edited
) -> None:
    file.path.unlink()
    await look(watching)
    assert "no such file" in await readiness(watching)
    file.says("version: 1\nusers: [{name: bob}]")
    await look(watching)
    assert await readiness(watching) == "ready\n"
    assert await names(watching) == ["bob"]


async def test_a_touched_file_resets_nothing(watching: Harness, file: Edited) -> None:
    code = await watching.login()
    file.says(file.path.read_text())
    await look(watching)
    assert "openid" in await watching.exchange(code)


async def test_a_world_with_a_scenario_of_its_own_keeps_it(watching: Harness, file: Edited) -> None:
    await watching.control("PUT", "scenario", {"version": 1}, world="own")
    file.says("version: 1\nusers: [{name: bob}]")
    await look(watching)
    assert await names(watching, "own") == []


async def test_a_file_whose_name_was_given_to_another_is_told(
    start_emulator: StartEmulator, file: Edited, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a bind mount of the file alone sees it: the old file, without a name."""
    with file.path.open() as mounted:
        name = f"/proc/self/fd/{mounted.fileno()}"
        emulator = await start_emulator(scenario=name, watch=True)
        edited = file.path.with_suffix(".new")
        edited.write_text("version: 1\nusers: [{name: bob}]")
        edited.rename(file.path)
        await look(emulator, times=3)
        assert await names(emulator) == ["alice"]
        assert "a bind mount of a single file keeps the old one" in await readiness(emulator)
        log = capsys.readouterr().err
        assert log.count(f"not loaded again, the one before still serves: {name}: expected") == 1


async def test_a_file_with_more_names_than_one_is_as_good(watching: Harness, file: Edited) -> None:
    other = file.path.with_suffix(".link")
    other.hardlink_to(file.path)
    await look(watching)
    other.unlink()
    await look(watching)
    assert await readiness(watching) == "ready\n"
