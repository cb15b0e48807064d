"""The settings of a start. A flag counts before the environment, the environment before a default.

Each field of `Settings` is a flag (`--port-file`), an environment variable
(`WECHAT_EMULATOR_PORT_FILE`) and a row of the reference; there is no other list of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, convert, inspect

PREFIX = "WECHAT_EMULATOR_"
DEFAULT_PORT = 8480
_TEXT = "scenario_inline"
"""The one setting that has lines, and in which a blank at the start of one counts."""
_CONTROLS = re.compile("[\x00-\x1f\x7f]")

Name = Annotated[str, Meta(min_length=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that one can choose at the start."""

    scenario: Annotated[
        str, Meta(description="Scenario to start from: a file, a folder, or a shipped one's name.")
    ] = ""
    scenario_inline: Annotated[
        str, Meta(description="Scenario to start from, as YAML text (for CI variables).")
    ] = ""
    host: Annotated[
        tuple[Name, ...], Meta(description="Address to listen on; 0.0.0.0 and :: are all of them.")
    ] = ("127.0.0.1",)
    port: Annotated[tuple[Port, ...], Meta(description="HTTP port; 0 takes a free one.")] = (
        DEFAULT_PORT,
    )
    tls_port: Annotated[
        tuple[Port, ...], Meta(description="HTTPS port, by custom 8481; 0 takes a free one.")
    ] = ()
    proxy_port: Annotated[
        tuple[Port, ...],
        Meta(description="Forward proxy's port, by custom 8482; 0 takes a free one."),
    ] = ()
    proxy_allow: Annotated[
        tuple[Name, ...], Meta(description="Host, or *.domain, the proxy may open a tunnel to.")
    ] = ()
    lenient_ports: Annotated[
        bool,
        Meta(description="Warn of ports that cannot be had, instead of ending; not the first."),
    ] = False
    ca_dir: Annotated[
        str, Meta(description="Folder that keeps the test CA; without one each start has its own.")
    ] = ""
    tls_cert: Annotated[
        str, Meta(description="Your own certificate with its chain (PEM), instead of the CA's.")
    ] = ""
    tls_key: Annotated[
        str, Meta(description="Its private key (PEM), if it is not in the same file.")
    ] = ""
    port_file: Annotated[
        str,
        Meta(description="File for the first HTTP port, there as long as the server answers."),
    ] = ""
    control_token: Annotated[
        str,
        Meta(pattern="^[!-~]*$", description="Bearer token the control API asks for."),
    ] = ""
    allowed_hosts: Annotated[
        tuple[Name, ...],
        Meta(description="Further Host name, or *.domain, the control API answers to."),
    ] = ()
    max_worlds: Annotated[int, Meta(ge=1, description="How many worlds may exist at once.")] = 1000
    journal_entries: Annotated[
        int, Meta(ge=0, description="How many calls each world's journal keeps.")
    ] = 10_000
    journal_bytes: Annotated[
        int, Meta(ge=0, description="How many bytes each world's journal keeps, about.")
    ] = 16_000_000
    head_timeout: Annotated[
        int, Meta(ge=1, description="Seconds a client has for the head of a request.")
    ] = 60
    body_timeout: Annotated[
        int, Meta(ge=1, description="Seconds between two pieces of a request's body.")
    ] = 60
    write_timeout: Annotated[
        int, Meta(ge=1, description="Seconds between two pieces of an answer that a client takes.")
    ] = 60
    idle_timeout: Annotated[
        int, Meta(ge=1, description="Seconds a connection stays open between two requests.")
    ] = 75
    all_journals_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="How many bytes the journals of all worlds keep, about; "
            "beyond it the biggest one forgets its oldest calls.",
        ),
    ] = 64_000_000
    log: Annotated[
        Literal["text", "json", "off"], Meta(description="Form of the log on stderr, or none.")
    ] = "text"
    quiet: Annotated[bool, Meta(description="Log errors and warnings only.")] = False
    watch: Annotated[bool, Meta(description="Load the scenario again when its file changes.")] = (
        False
    )
    no_lane: Annotated[
        bool,
        Meta(
            description="Answer every request on aiohttp's road: the same bytes, slower.",
            extra={"hidden": True},
        ),
    ] = False


class Setting(Struct, frozen=True):
    """One field of `Settings` as people set it."""

    name: str
    kind: inspect.Type
    default: Any
    description: str
    is_hidden: bool = False
    """Whether help and the reference leave it out: it is for those who work on the emulator."""

    @property
    def flag(self) -> str:
        """Its flag on the command line: `--port-file`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Its name in the environment: `WECHAT_EMULATOR_PORT_FILE`."""
        return PREFIX + self.name.upper()

    @property
    def is_switch(self) -> bool:
        """Whether the flag takes no value."""
        return isinstance(self.kind, inspect.BoolType)

    @property
    def is_secret(self) -> bool:
        """Whether no message may show its value."""
        return self.name.endswith("_token")

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be set several times; in the environment, commas or blanks separate."""
        return isinstance(self.kind, inspect.VarTupleType)

    @property
    def expected(self) -> str:
        """What one value must be, in words."""
        match self.kind.item_type if isinstance(self.kind, inspect.VarTupleType) else self.kind:
            case inspect.BoolType():
                return "true or false"
            case inspect.LiteralType(values=values):
                return " or ".join(map(str, values))
            case inspect.IntType(ge=ge, le=le):
                bounds = f" of at least {ge}" if le is None else f" from {ge} to {le}"
                return f"a whole number{bounds}"
            case inspect.StrType(pattern=pattern) if pattern:
                return "printable ASCII without blanks"
            case _:
                return "some text"

    @property
    def default_text(self) -> str:
        """The default as one would write it; empty if there is none."""
        if self.is_repeatable:
            return ", ".join(map(str, self.default))
        return "" if self.is_switch else str(self.default)


class SettingsError(Exception):
    """A flag or a variable has a value that does not fit; the text names it."""


def all_settings() -> list[Setting]:
    """Every setting, in the order of the reference."""
    info = inspect.type_info(Settings)
    assert isinstance(info, inspect.StructType)  # noqa: S101  # for the type checker
    return [_setting(field) for field in info.fields]


def read_settings(flags: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings from flags, environment and defaults; a flag of None was not set."""
    values: dict[str, Any] = {}
    for setting in all_settings():
        source, value = _look_up(setting, flags, environ)
        if value is not None:
            _check(setting, source, value)
            values[setting.name] = value
    return convert(values, Settings, strict=False)


def from_environment(name: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """The variable of a setting, None if it is not set.

    What an env file leaves around a value is no part of it: blanks, and the CR of a Windows line.
    `tcp://…` does not count: Kubernetes sets such variables for a service named like us.
    """
    text = environ.get(PREFIX + name.upper(), "")
    if name != _TEXT:
        text = text.strip(" \t\r\n")
    return None if not text or text.startswith("tcp://") else text


def unknown_variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Variables with our prefix that are no setting, except those that Kubernetes sets."""
    known = {setting.variable for setting in all_settings()} | {PREFIX + "URL"}
    theirs = re.compile(PREFIX + "(SERVICE|PORT)_")
    return [
        name
        for name in environ
        if name.startswith(PREFIX) and name not in known and not theirs.match(name)
    ]


def environment_copy() -> dict[str, str]:
    """The environment of this process, as a copy for another program."""
    return dict(os.environ)


@contextmanager
def temporary_variable(name: str, value: str) -> Iterator[None]:
    """Set an environment variable inside the block; after it, the old value is back."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def local_url(host: str, port: int, scheme: str = "http") -> str:
    """The base URL at which a client on this machine reaches a server that listens there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _setting(field: inspect.Field) -> Setting:
    about = field.type
    assert isinstance(about, inspect.Metadata)  # noqa: S101  # every field has its description
    description = (about.extra_json_schema or {})["description"]
    hidden = bool((about.extra or {}).get("hidden"))
    return Setting(field.name, about.type, field.default, description, hidden)


def _look_up(
    setting: Setting, flags: Mapping[str, Any], environ: Mapping[str, str]
) -> tuple[str, Any]:
    """The flag or the variable that sets it, and the value; None if neither does."""
    value = flags.get(setting.name)
    if value is not None and value != ():
        return setting.flag, value
    text = from_environment(setting.name, environ)
    if text is not None and setting.is_repeatable:
        return setting.variable, re.findall(r"[^,\s]+", text) or None
    return setting.variable, text


def _check(setting: Setting, source: str, value: Any) -> None:
    """SettingsError for the first part of the value that does not fit; it names the source."""
    for part in value if setting.is_repeatable else [value]:
        if setting.name != _TEXT and _CONTROLS.search(str(part)):
            shown = _shown(setting, part)
            raise SettingsError(f"{source}: expected no control characters, got {shown}")
        try:
            convert(
                {setting.name: [part] if setting.is_repeatable else part}, Settings, strict=False
            )
        except ValidationError:
            message = f"{source}: expected {setting.expected}, got {_shown(setting, part)}"
            raise SettingsError(message) from None


def _shown(setting: Setting, value: Any) -> str:
    """The value for a message; of a secret only what must not be in it."""
    if not setting.is_secret:
        return repr(value)
    return "one with " + ", ".join(map(repr, dict.fromkeys(re.findall("[^!-~]", value))))
