"""Reads a package's source and says where it leaves the house rules. Used by test_architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

# Below comes first: a module imports from its own line or from those above it, never from later
# ones. A package's modules stand where the package stands.
LAYERS = (
    # facts and plain values
    "version errors entities duration behaviour settings hosts ids crypto masking phrases",
    "stores people call clock hints checker diagnosis",
    "journal tls_faults",
    "world",
    # what WeChat does, as functions of a world
    "apps users scripted codes traits sessions tokens quotas bodies userdata userkeys",
    # drop-ins
    "endpoints effects findings",
    "rules acting rulebook scenario gateway snapshots",
    "worlds",
    # the shell
    "control encoding reading wire answers log",
    "listening handshake authority tls tunnel proxy ports",
    "server",
    # for the people who test
    "client redirect testing pytest_plugin",
    "private_hosts trust launch options commands cli __main__",
)
DROP_INS = ("endpoints", "effects", "findings", "commands")
SHELL = {"server", "reading", "wire", "answers", "proxy", "tls", "ports"}
OUTSIDE = {
    "time": {"clock"},
    "random": {"ids"},
    "secrets": {"ids"},
    "uuid": {"ids"},
    "os.environ": {"settings"},
    "os.getenv": {"settings"},
    "datetime.now": {"clock"},
    "datetime.utcnow": {"clock"},
}
EXCEPTIONS = {
    ("commands.wait", "time"): "it waits for another process, which has no clock of ours",
}
LONGEST_MODULE = 400
SLEEPS = {"sleep", "time.sleep", "asyncio.sleep", "anyio.sleep"}

Modules = Mapping[str, ast.Module]


def read(package: Path) -> dict[str, ast.Module]:
    """Every module's tree by its name below the package: `codes`, `control.phone`, `control`."""
    return {_name(path.relative_to(package)): ast.parse(path.read_text("utf-8"))
            for path in sorted(package.rglob("*.py"))}  # fmt: skip


def complaints(package: Path) -> list[str]:
    """Every broken rule, one sentence each."""
    modules = read(package)
    found = [*_direction(modules), *_cycles(modules), *_siblings(modules)]
    found += [*_shell(modules), *_outside(modules)]
    return found + list(_long(package))


def imports(modules: Modules, name: str) -> set[str]:
    """The modules of the package that a module imports, anywhere in its text."""
    found = set()
    for node in ast.walk(modules[name]):
        if isinstance(node, ast.ImportFrom) and (base := _base(modules, name, node)) is not None:
            below = {f"{base}.{alias.name}".lstrip(".") for alias in node.names}
            found |= {each for each in below if each in modules} or {base}
            found |= {base} if below - set(modules) else set()
    return {each for each in found if each in modules and each != name}


def layer(name: str) -> int | None:
    """Which line of LAYERS a module stands on; None if it is not listed."""
    top = name.partition(".")[0]
    for number, names in enumerate(LAYERS):
        if top in names.split():
            return number
    return None


def _direction(modules: Modules) -> Iterator[str]:
    for name in modules:
        here = layer(name)
        if here is None and name != "__init__":
            yield f"{name} stands in no layer: add it to LAYERS in tests/architecture.py"
        for other in imports(modules, name):
            there = layer(other)
            if here is not None and there is not None and there > here:
                yield f"{name} imports {other}, which stands above it"


def _cycles(modules: Modules) -> Iterator[str]:
    graph = {name: imports(modules, name) for name in modules if name != "__init__"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"import circle: {' -> '.join(error.args[1])}"


def _siblings(modules: Modules) -> Iterator[str]:
    for name in modules:
        package, dot, _ = name.partition(".")
        for other in imports(modules, name) if dot and package in DROP_INS else ():
            if other.startswith(f"{package}."):
                yield f"{name} imports its sibling {other}"


def _shell(modules: Modules) -> Iterator[str]:
    for name, tree in modules.items():
        if name not in SHELL and "aiohttp" in _foreign(tree):
            yield f"{name} imports aiohttp; only {', '.join(sorted(SHELL))} may"


def _outside(modules: Modules) -> Iterator[str]:
    for name, tree in modules.items():
        for used in _foreign(tree) | _attributes(tree):
            if used in OUTSIDE and name not in OUTSIDE[used] and (name, used) not in EXCEPTIONS:
                only = ", ".join(OUTSIDE[used])
                yield f"{name} uses {used}; time, chance and environment come from {only}"


def _long(package: Path) -> Iterator[str]:
    for path in package.rglob("*.py"):
        if (lines := path.read_text("utf-8").count("\n")) > LONGEST_MODULE:
            yield f"{path.relative_to(package)} has {lines} lines, more than {LONGEST_MODULE}"


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _base(modules: Modules, name: str, node: ast.ImportFrom) -> str | None:
    """What `from X import` means as a name below the package; None for another package."""
    if node.level == 0:
        head, _, rest = (node.module or "").partition(".")
        return rest if head == "emulator" else None
    is_package = any(each.startswith(f"{name}.") for each in modules)
    parts = name.split(".") if is_package else name.split(".")[:-1]
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *filter(None, [node.module])])


def _foreign(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            top = node.module.partition(".")[0]
            found |= {top} | {f"{top}.{alias.name}" for alias in node.names}
    return found


def _attributes(tree: ast.Module) -> set[str]:
    return {f"{node.value.id}.{node.attr}" for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}  # fmt: skip


def function_lengths(package: Path) -> Iterator[int]:
    """How many lines each function has, its docstring and signature included."""
    for tree in read(package).values():
        for node in ast.walk(tree):
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
