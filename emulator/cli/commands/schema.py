"""`wechat-emulator schema`: the JSON Schema of a scenario, for an editor."""

from __future__ import annotations

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a scenario file.

    Editors with the YAML language server read it from the first line of a file:
    `# yaml-language-server: $schema=./scenario.schema.json`
    """
    from ...scenario.schema import as_text

    click.echo(as_text(), nl=False)
