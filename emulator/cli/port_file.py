"""The file that says on which port the emulator answers: digits and a newline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from ..core import files

_FORM = re.compile(rb"[0-9]{1,5}\n")


def check(path: str) -> None:
    """A click.UsageError if something is there that is no port file of an earlier start."""
    with _explained(path):
        files.check(Path(path), _is_port)


@contextmanager
def written(path: str, url: str) -> Iterator[None]:
    """While the block runs, the file holds the URL's port; after it only ours is deleted."""
    content = f"{urlsplit(url).port}\n".encode()
    with _explained(path):
        files.write(Path(path), content, _is_port)
    try:
        yield
    finally:
        files.remove(Path(path), content)


def read(path: str) -> int:
    """The port in the file; ValueError if it holds none."""
    content = Path(path).read_bytes()
    if not _is_port(content):
        raise ValueError("it holds no port")
    return int(content)


def _is_port(content: bytes) -> bool:
    return bool(_FORM.fullmatch(content))


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.UsageError(f"--port-file: cannot write {path}: {error.strerror}") from None
