"""What the code writes: parts of docs/, the scenario's schema, the texts of mistakes: `make docs`.

Tests hold them fresh. A page says what belongs into it between `<!-- generated: NAME -->` and
`<!-- end -->`; NAME is a function here. To add one, add its function to TABLES.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path

import click

from emulator.cli.main import Commands, main
from emulator.cli.options import help_text, metavar
from emulator.core.settings import Setting, all_settings
from emulator.scenario.schema import as_text
from emulator.wechat.errors import TABLE
from tests import reference_apis, reference_javascript
from tests.markdown import table
from tests.reference_kernel import apis, behaviour, control, endpoints, placeholders, quotas
from tests.reference_scenario import scenario
from tests.reference_scripts import (
    SCENARIOS,
    client_errors,
    effect_fields,
    effect_words,
    proxied_errors,
    rule_keys,
    scenarios,
    script_words,
    when_keys,
)
from tests.scenario import test_mistakes
from tests.wechat import test_doors

DOCS = Path(__file__).parents[1] / "docs"
SCHEMA = DOCS.parent / "emulator" / "scenario.schema.json"
_PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> list[Path]:
    """Every page with a generated part."""
    found = [*sorted(DOCS.rglob("*.md")), SCENARIOS / "README.md"]
    return [path for path in found if _PART.search(path.read_text("utf-8"))]


def fresh(page: str) -> str:
    """The page's text with its generated parts made anew."""
    return _PART.sub(lambda part: f"{part[1]}\n{TABLES[part[2]]().strip()}\n\n{part[3]}", page)


def settings() -> str:
    """A row for each setting."""
    return table(
        ("flag", "variable", "default", "what it does"),
        (
            (_shown(setting), f"`{setting.variable}`", setting.default_text, _about(setting))
            for setting in all_settings()
            if not setting.is_hidden
        ),
    )


def commands() -> str:
    """A section for each command."""
    group = main
    assert isinstance(group, Commands)
    context = click.Context(group, info_name="wechat-emulator", **group.context_settings)
    found = (group.get_command(context, name) for name in group.list_commands(context))
    return "\n\n".join(_section(command) for command in found if command)


def errcodes() -> str:
    """A row for each errcode."""
    return table(
        ("errcode", "errmsg", "cause", "mend", "retry", "evidence"),
        (
            (
                str(row.code),
                f"`{row.text}`" if row.text else "",
                row.meaning,
                row.mend,
                "helps" if row.heals else "",
                f"[{row.evidence}]({row.source})",
            )
            for row in TABLE.values()
        ),
    )


TABLES: dict[str, Callable[[], str]] = {
    "apis": apis,
    "behaviour": behaviour,
    "commands": commands,
    "control": control,
    "endpoints": endpoints,
    "client-errors": client_errors,
    "proxied-errors": proxied_errors,
    "effect-fields": effect_fields,
    "effects": effect_words,
    "errcodes": errcodes,
    "rule-keys": rule_keys,
    "scenarios": scenarios,
    "script-words": script_words,
    "when-keys": when_keys,
    "placeholders": placeholders,
    "quotas": quotas,
    "scenario": scenario,
    "settings": settings,
}


def _section(command: click.Command) -> str:
    about = re.sub(r"(?<!\n)\n(?!\n)", " ", cleandoc(command.help or ""))
    usage = " ".join(
        command.collect_usage_pieces(click.Context(command, **command.context_settings))
    )
    heading = f"## `{command.name}`"
    parts = [heading, about, f"```text\nwechat-emulator {command.name} {usage}\n```"]
    known = {setting.name for setting in all_settings()}
    flags = [p for p in command.params if isinstance(p, click.Option)]
    if known <= {parameter.name for parameter in command.params}:
        parts.append("Its flags are the [settings](settings.md).")
        flags = [flag for flag in flags if flag.name not in known]
    if flags:
        parts.append(table(("flag", "what it does"), map(_flag, flags)))
    return "\n\n".join(parts)


def _flag(option: click.Option) -> tuple[str, str]:
    value = "" if option.is_flag else f" {option.metavar or (option.name or '').upper()}"
    help_ = option.help or ""
    if option.show_default is True:
        help_ += f" [default: {option.default}]"
    return f"`{option.opts[-1]}{value}`", re.sub(r"\[((env|default): .+?)\]", r"(\1)", help_)


def _shown(setting: Setting) -> str:
    if setting.name == "scenario":
        return "`SCENARIO`, an argument"
    return f"`{setting.flag} {metavar(setting) or ''}".rstrip() + "`"


def _about(setting: Setting) -> str:
    return help_text(setting).partition(" [")[0]


if __name__ == "__main__":
    reference_javascript.freshen()
    reference_apis.MODULE.write_text(reference_apis.module(), "utf-8")
    for each in pages():
        each.write_text(fresh(each.read_text("utf-8")), "utf-8")
    SCHEMA.write_text(as_text(), "utf-8")
    test_mistakes.freshen()
    test_doors.freshen()
