"""No text makes a regular expression of the package take more than linear time."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from msgspec import Meta, json

import emulator
from emulator import control
from emulator.core import paths, scalars

HOME = Path(emulator.__file__).parent
SEARCHES = {"search", "split", "findall", "finditer", "sub", "subn"}
TAKES_A_PATTERN = {"compile", "match", "fullmatch"} | SEARCHES
# Put together where they are used: how many such places a module has, and what comes out of them.
PUT_TOGETHER = {
    "control": 1,  # routes: below
    "core.settings": 1,  # a prefix of letters and one of two words
    "core.validation": 1,  # the forms of scalars: below
    "core.paths": 1,  # globs: below
    "wechat.subscriptions": 1,  # a table of plain ones in the module
}
Pattern = tuple[str, bool]
"""A pattern, and whether it is searched for."""
# What nobody but the developer writes: his own certificate files.
LOCAL = ("-----BEGIN",)


def modules() -> Iterator[tuple[str, Path]]:
    for file in sorted(HOME.rglob("*.py")):
        yield ".".join(file.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__"), file


def calls(file: Path) -> Iterator[ast.Call]:
    """The calls of `re.…` that take a pattern."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("re"), attr=name)):
                if name in TAKES_A_PATTERN:
                    yield node


def searched() -> set[str]:
    """The names of patterns that are searched for somewhere, and not only tried at the start."""
    found = set()
    for _, file in modules():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Attribute(ast.Name(name) | ast.Attribute(attr=name), method):
                    found |= {name} if method in SEARCHES else set()
    return found


def in_module(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The patterns in a module's names, its classes and its tuples, each with its name."""
    match value:
        case re.Pattern():
            form = value.pattern
            yield name, form if isinstance(form, str) else form.decode("latin-1")
        case tuple():
            for each in value:
                yield from in_module("", each)
        case type() if value.__module__.startswith("emulator"):
            for inner, each in vars(value).items():
                if not isinstance(each, type):
                    yield from in_module(inner, each)


def of_types(module: Any) -> Iterator[str]:
    """The forms of the types of text in a module."""
    for each in vars(module).values():
        if get_origin(each) is not None:
            yield from (m.pattern for m in get_args(each) if isinstance(m, Meta) and m.pattern)


def package() -> set[Pattern]:
    routes = {(route.pattern.pattern, False) for route in control.load()}
    globs = {(paths.glob(text).pattern, False) for text in ("a*b*c", "*a*", "**")}
    found = routes | globs | {(form, True) for form in of_types(scalars)}
    sought = {"", *searched()}
    for name, file in modules():
        if "__main__" not in name:
            module = import_module(f"emulator.{name}" if name != "__init__" else "emulator")
            for own, each in vars(module).items():
                found |= {(form, name in sought) for name, form in in_module(own, each)}
        for call in calls(file):
            match call.args[0]:
                case ast.Constant(value=str(form)) if call.func.attr != "compile":  # type: ignore[attr-defined]
                    found.add((form, True))
    return {(form, sought) for form, sought in found if not form.startswith(LOCAL)}


def slow(forms: set[Pattern]) -> str:
    """A line for each pattern that is slow, with the text that shows it."""
    lines = "\n".join(json.encode(form).decode() for form in sorted(forms))
    run = subprocess.run(
        [sys.executable, "-m", "tests.growth"],
        input=lines, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return run.stdout


def test_every_pattern_takes_linear_time() -> None:
    assert slow(package()) == ""


def test_every_pattern_that_is_put_together_is_known() -> None:
    found = {}
    for name, file in modules():
        if count := sum(not _is_plain(call, file) for call in calls(file)):
            found[name] = count
    assert found == PUT_TOGETHER


def _is_plain(call: ast.Call, file: Path) -> bool:
    """Whether the pattern stands there, or is compiled where the module is imported."""
    tree = ast.parse(file.read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = any(each.lineno <= call.lineno <= (each.end_lineno or 0) for each in functions)
    return not inside or isinstance(call.args[0], ast.Constant)


@pytest.mark.parametrize("form", [r'("\w*secret"\s*:\s*\[?\s*)\d', "(a|a)*b", "[a-z]+=", "x[^y]*y"])
def test_a_slow_pattern_is_found(form: str) -> None:
    assert "is slow on" in slow({(form, True)})
