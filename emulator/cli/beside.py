"""The emulator that runs in the same container: found by its command line, not by what is set.

A health check gets the container's environment and nothing else. There a shared env file may hold
a WECHAT_EMULATOR_URL that is meant for the clients, and `command: --port 9000` is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ..core.settings import Settings, environment_copy
from . import options

_PROGRAM = "wechat-emulator"
PROCESSES = Path("/proc")
"""Where Linux shows a container its processes."""
_COMMANDS = {path.stem for path in Path(__file__).with_name("commands").glob("*.py")}


def settings() -> Settings:
    """The settings of the server beside us; if none is seen, those of our own environment."""
    for process in _in_order():
        arguments = _server_arguments(_texts(process / "cmdline"))
        if arguments is not None:
            return _read(arguments, _environment(process))
    return _read([], environment_copy())


def _in_order() -> Iterator[Path]:
    """The folder of each process; process 1, which the container is for, first."""
    found = PROCESSES.iterdir() if PROCESSES.is_dir() else ()
    numbers = sorted(int(each.name) for each in found if each.name.isdecimal())
    return (PROCESSES / str(number) for number in numbers)


def _texts(path: Path) -> list[str]:
    """What the kernel tells of a process; nothing if it has gone, or is somebody else's."""
    try:
        return path.read_text("utf-8", "surrogateescape").rstrip("\0").split("\0")
    except OSError:
        return []


def _server_arguments(words: list[str]) -> list[str] | None:
    """What stands behind the program's name, also behind an interpreter or `docker-init --`."""
    for i, word in enumerate(words):
        by_module = words[i - 1 : i] == ["-m"] and word == "emulator"
        if by_module or word.rpartition("/")[2] == _PROGRAM:
            rest = words[i + 1 :]
            if rest[:1] == ["serve"]:
                return rest[1:]
            return None if _COMMANDS.intersection(rest[:1]) else rest
    return None


def _environment(process: Path) -> Mapping[str, str]:
    pairs = [text.partition("=") for text in _texts(process / "environ")]
    return {name: value for name, _, value in pairs} if any(pairs) else environment_copy()


def _read(arguments: list[str], environ: Mapping[str, str]) -> Settings:
    flags: dict[str, Any] = _serve.make_context(_PROGRAM, arguments).params
    return options.settings(flags, environ)


@click.command()
@click.argument("scenario", required=False)
@options.settings_flags
def _serve(**_: Any) -> None:
    """Read serve's flags, as serve does."""
