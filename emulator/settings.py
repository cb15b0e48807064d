"""How the command runs: one frozen object; defaults < environment < flags.

Each field is a flag (`--port-file`), an environment variable (`WECHAT_EMULATOR_PORT_FILE`) and a
row of the reference; nothing else lists them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Annotated, Any, get_type_hints

from msgspec import Meta, Struct, ValidationError, convert

PREFIX = "WECHAT_EMULATOR_"
DEFAULT_PORT = 8480


class Settings(Struct, frozen=True, kw_only=True):
    """Everything a start can choose."""

    scenario: Annotated[
        str, Meta(description="Scenario to start from: a file, a folder, or a shipped one's name.")
    ] = ""
    scenario_inline: Annotated[
        str, Meta(description="Scenario to start from, as YAML text (for CI variables).")
    ] = ""
    host: Annotated[
        tuple[str, ...], Meta(description="Address to listen on; repeatable. [default: 127.0.0.1]")
    ] = ("127.0.0.1",)
    port: Annotated[
        tuple[int, ...],
        Meta(description="HTTP port; 0 takes a free one; repeatable. [default: 8480]"),
    ] = (DEFAULT_PORT,)
    port_file: Annotated[
        str, Meta(description="Write the first HTTP port here once the server answers.")
    ] = ""
    control_token: Annotated[str, Meta(description="Bearer token the control API asks for.")] = ""
    allowed_hosts: Annotated[
        tuple[str, ...], Meta(description="Further Host names the control API answers to.")
    ] = ()
    max_worlds: Annotated[int, Meta(ge=1, description="How many worlds may exist at once.")] = 1000
    journal_entries: Annotated[
        int, Meta(ge=0, description="How many calls each world's journal keeps.")
    ] = 10_000
    journal_bytes: Annotated[
        int, Meta(ge=0, description="How many bytes each world's journal keeps, about.")
    ] = 16_000_000
    log: Annotated[str, Meta(pattern="^(text|json)$", description="Log form: text or json.")] = (
        "text"
    )
    quiet: Annotated[bool, Meta(description="Log errors and warnings only.")] = False
    watch: Annotated[bool, Meta(description="Load the scenario again when its file changes.")] = (
        False
    )


class SettingsError(Exception):
    """A flag or variable with a value that does not fit; the text names it."""


def merge(flags: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from flags (None is not given) over the environment over the defaults."""
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        flag = flags.get(name)
        if flag is not None and flag != ():
            values[name] = flag
        elif (text := from_environment(name, environ)) is not None:
            values[name] = _split(text) if _is_repeatable(name) else text
    return _checked(values)


def from_environment(name: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """A setting's variable; `tcp://…`, injected by Kubernetes for a service of our name, is not."""
    text = environ.get(PREFIX + name.upper(), "")
    return None if not text or text.startswith("tcp://") else text


def _checked(values: dict[str, Any]) -> Settings:
    for name, value in values.items():
        try:
            convert({name: value}, Settings, strict=False)
        except ValidationError as error:
            flag = "--" + name.replace("_", "-")
            reason = str(error).partition(" - at ")[0]
            raise SettingsError(
                f"{flag} ({PREFIX}{name.upper()}): {reason}, got {_shown(name, value)}"
            ) from None
    settings = convert(values, Settings, strict=False)
    for port in settings.port:
        if not 0 <= port <= 65535:
            raise SettingsError(f"--port ({PREFIX}PORT): expected 0 to 65535, got {port}")
    return settings


def _shown(name: str, value: object) -> str:
    return "a value not shown here" if name == "control_token" else repr(value)


def _is_repeatable(name: str) -> bool:
    hint = get_type_hints(Settings)[name]
    return getattr(hint, "__origin__", None) is tuple


def _split(text: str) -> list[str]:
    return [part for part in re.split(r"[,\s]+", text) if part]
