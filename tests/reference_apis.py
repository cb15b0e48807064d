"""The table of WeChat's APIs: `apis.yaml`, checked, as the module that a start imports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import fields

from emulator.core.validation import CheckError, check, type_info
from emulator.scenario.document import Document
from emulator.scenario.report import ScenarioError
from emulator.scenario.values import wanted_types
from emulator.wechat import rows

SOURCE = Path(rows.__file__).with_name("apis.yaml")
MODULE = SOURCE.with_name("api_table.py")
_HEAD = '''"""Made from apis.yaml by `make docs`: change that file instead."""

# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from .rows import Api, Errcode
'''


def read(content: bytes) -> rows.ApiTable:
    """The table in the file; ScenarioError lists every mistake with its place."""
    document = Document("emulator/wechat/apis.yaml", content)
    found = list(document.mistakes)
    try:
        table = check(document.data(wanted_types(type_info(rows.ApiTable))), rows.ApiTable)
    except CheckError as error:
        found += map(document.locate, error.mistakes)
    if found:
        raise ScenarioError(found)
    return table


def module() -> str:
    """The text of the module."""
    table = read(SOURCE.read_bytes())
    parts = {"ERRCODES: tuple[Errcode, ...]": table.errcodes, "APIS: tuple[Api, ...]": table.apis}
    lines = [_HEAD]
    for name, each in parts.items():
        lines += [f"{name} = (", *(f"    {_call(row)}," for row in each), ")"]
    return "\n".join(lines) + "\n"


def _call(row: Struct) -> str:
    return f"{type(row).__name__}({', '.join(_arguments(row))})"


def _arguments(row: Struct) -> Iterator[str]:
    """What differs from the defaults, in ruff's quotes."""
    for field in fields(row):
        value = getattr(row, field.name)
        made = field.default_factory() if callable(field.default_factory) else field.default
        if field.required or value != made:
            yield f"{field.name}={value!r}"
