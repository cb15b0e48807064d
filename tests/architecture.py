"""What no linter measures: how long functions and modules are, and whether a test sleeps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SLEEPS = {"sleep", "time.sleep", "asyncio.sleep", "anyio.sleep"}


def module_lengths(package: Path) -> dict[str, int]:
    """How many lines each module has."""
    return {
        str(path.relative_to(package)): path.read_text("utf-8").count("\n")
        for path in package.rglob("*.py")
    }


def function_lengths(package: Path) -> Iterator[int]:
    """How many lines each function has, its docstring and signature included."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield node.end_lineno - node.lineno + 1


def sleeps(path: Path) -> list[str]:
    """Where a test file sleeps for longer than a turn of the loop."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in SLEEPS:
            turn = node.args and isinstance(node.args[0], ast.Constant) and not node.args[0].value
            if not turn:
                found.append(f"{path.name}:{node.lineno}")
    return found
