"""Files are written whole, and what somebody else put there stays."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import pytest

from emulator.core import files


def is_ours(content: bytes) -> bool:
    return content.startswith(b"ours")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("before", [None, b"", b"ours, long ago"])
def test_nothing_an_empty_file_and_one_of_ours_make_way(
    before: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)
    files.check(path, is_ours)
    files.write(path, b"ours, new", is_ours)
    assert path.read_bytes() == b"ours, new"
    assert names(tmp_path) == ["file"], "a draft is left"


def test_anything_else_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"yours")
    for refuse in (files.check, lambda *args: files.write(path, b"ours", is_ours)):
        with pytest.raises(FileExistsError, match="what it holds is not ours to replace"):
            refuse(path, is_ours)
    assert path.read_bytes() == b"yours"
    assert names(tmp_path) == ["file"]


def test_a_refusal_comes_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"yours")
    writing = files.replacing(tmp_path / "file", is_ours)
    with pytest.raises(FileExistsError):
        writing.__enter__()


def make_link(path: Path) -> None:
    (path.parent / "target").write_bytes(b"ours, but elsewhere")
    path.symlink_to("target")


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, make_link, make_dangling_link])
def test_what_is_no_regular_file_is_neither_replaced_nor_deleted(
    make: object, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    make(path)  # type: ignore[operator]
    before = path.lstat()
    for write in (files.check, lambda *args: files.write(path, b"ours", is_ours)):
        with pytest.raises(FileExistsError, match="it is no regular file"):
            write(path, is_ours)
    files.remove(path, b"ours, but elsewhere")
    assert path.lstat() == before
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_is_still_as_we_wrote_it_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write(path, b"ours")
    files.remove(path, b"ours, another")
    assert path.exists()
    files.remove(path, b"ours")
    files.remove(path, b"ours")
    assert names(tmp_path) == []


def test_what_comes_to_be_there_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    writing = files.replacing(path)
    writing.__enter__()
    path.write_bytes(b"somebody was quicker")
    with pytest.raises(FileExistsError):
        writing.__exit__(None, None, None)
    assert path.read_bytes() == b"somebody was quicker"
    assert names(tmp_path) == ["file"]


def test_a_block_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"ours, whole")
    with contextlib.suppress(ZeroDivisionError), files.replacing(path, is_ours) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"ours, whole"
    assert names(tmp_path) == ["file"]


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    files.write(tmp_path / "file", b"ours")
    with pytest.raises(FileExistsError):
        files.write(tmp_path / "file", b"ours")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize(("mode", "umask", "got"), [(0o666, 0o022, 0o644), (0o600, 0o022, 0o600)])
def test_who_may_read_it_is_the_callers_choice_within_the_umask(
    mode: int, umask: int, got: int, tmp_path: Path
) -> None:
    before = os.umask(umask)
    try:
        files.write(tmp_path / "file", b"ours", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == got
