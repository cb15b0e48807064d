"""The measurements, one file each: a function under `@measurement`, named as it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from ..harness import Run

Measurement = Callable[[Run], None]
_REGISTRY: dict[str, Measurement] = {}


def measurement(measure: Measurement) -> Measurement:
    """Register a measurement; the first line of its docstring is its headline."""
    _REGISTRY[measure.__name__] = measure
    return measure


def load() -> Mapping[str, Measurement]:
    """Every measurement by its name."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _REGISTRY
