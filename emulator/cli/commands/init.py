"""`wechat-emulator init [FILE]`: a commented scenario to start from."""

from __future__ import annotations

from pathlib import Path

import click

from ...core import files

_STARTER = Path(__file__).parents[2] / "scenario" / "starter.yaml"


@click.command("init")
@click.argument("file", default="scenario.yaml", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
def command(file: Path, force: bool) -> None:
    """Write a commented scenario to start from.

    FILE is scenario.yaml unless given.
    """
    try:
        files.write(file, _STARTER.read_bytes(), lambda _: force)
    except OSError as error:
        if isinstance(error, FileExistsError) and not force:
            raise click.UsageError(f"{file} is there already; --force overwrites it") from None
        raise click.UsageError(f"cannot write {file}: {error.strerror}") from None
    click.echo(f"{file} written; serve it with: wechat-emulator {file}")
