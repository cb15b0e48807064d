"""Effects, endpoints and routes have one order: error messages and `openapi.json` list them."""

from __future__ import annotations

from pkgutil import iter_modules
from types import ModuleType

import pytest

from emulator import control, effects, endpoints
from tests.process import run_python

NAMES = {
    effects: "known.load()",
    endpoints: "(each.name for each in known.load().values())",
    control: "(each.path + ' ' + each.method for each in known.load())",
}


@pytest.mark.parametrize("package", NAMES, ids=lambda package: package.__name__)
def test_the_order_is_that_of_the_names_whatever_was_imported_first(package: ModuleType) -> None:
    modules = sorted(module.name for module in iter_modules(package.__path__))
    for first in (modules[0], modules[-1]):
        known = run_python(
            f"import {package.__name__}.{first}, {package.__name__} as known\n"
            f"print(*{NAMES[package]}, sep='\\n')"
        ).splitlines()
        assert known
        assert known == sorted(known)
