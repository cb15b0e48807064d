"""`wechat-emulator init [FILE]`: a commented scenario to start from."""

from __future__ import annotations

from pathlib import Path

import click

_STARTER = Path(__file__).parents[2] / "scenario" / "starter.yaml"


@click.command("init")
@click.argument("file", default="scenario.yaml", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
def command(file: Path, force: bool) -> None:
    """Write a commented scenario to start from.

    FILE is scenario.yaml unless given.
    """
    try:
        with file.open("wb" if force else "xb") as out:
            out.write(_STARTER.read_bytes())
    except FileExistsError:
        raise click.UsageError(f"{file} is there already; --force overwrites it") from None
    except OSError as error:
        raise click.UsageError(f"cannot write {file}: {error.strerror}") from None
    click.echo(f"{file} written; serve it with: wechat-emulator {file}")
