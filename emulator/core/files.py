"""Files we write: whole or not at all, and never in place of what somebody else put there."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EEXIST
from functools import partial
from pathlib import Path
from typing import BinaryIO

_HEAD = 8 * 1024 * 1024

Ours = Callable[[bytes], bool]
"""Whether the content (its first 8 MiB) is of a kind that we wrote, so that we may replace it."""


def _nothing(_: bytes) -> bool:
    return False


def check(path: Path, ours: Ours = _nothing) -> None:
    """FileExistsError unless nothing is there, or a regular file that is empty or ours."""
    head = _head(path)
    if head and not ours(head):
        raise _foreign(
            path, "what it holds is not ours to replace; delete it, or choose another place"
        )


def write(path: Path, content: bytes, ours: Ours = _nothing, *, mode: int = 0o666) -> None:
    """Put the content there in one step; FileExistsError as `check`."""
    with replacing(path, ours, mode=mode) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, ours: Ours = _nothing, *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file that takes its place at the path once the block has ended well.

    FileExistsError as `check`, also for what came to be there in the meantime.
    """
    from tempfile import mktemp  # brings a dozen modules, and most commands write nothing

    check(path, ours)
    draft = mktemp(prefix=".wechat-emulator-", dir=path.parent)  # noqa: S306  # "x" below is safe
    try:
        with open(draft, "xb", opener=partial(os.open, mode=mode)) as file:
            yield file
        _move(draft, path, ours)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)


def remove(path: Path, content: bytes) -> None:
    """Delete the file if it is a regular one that still holds exactly this."""
    with suppress(OSError):
        if _head(path) == content:
            path.unlink()


def _move(draft: str, path: Path, ours: Ours) -> None:
    """By a link where nothing is: of two who come at once, one is first and the other is told."""
    with suppress(OSError):  # something is there, or the file system knows no hard links
        os.link(draft, path)
        return
    check(path, ours)
    os.replace(draft, path)


def _head(path: Path) -> bytes:
    """What a regular file begins with; nothing if none is there."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise _foreign(path, "it is no regular file; choose another place")
        with path.open("rb") as file:
            return file.read(_HEAD)
    except FileNotFoundError:
        return b""


def _foreign(path: Path, reason: str) -> FileExistsError:
    return FileExistsError(EEXIST, reason, str(path))
