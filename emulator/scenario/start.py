"""Loads the scenario of a start. Without one, nothing of YAML is imported."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..core.settings import Settings
from .loaded import NOTHING, Loaded

if TYPE_CHECKING:
    from .watch import Watch

_TOLD = 10
"""Of the warnings about a scenario."""


def load_and_watch(settings: Settings) -> tuple[Loaded, Watch | None]:
    """The scenario, and with --watch the watch on its files; ScenarioError if it is bad."""
    if not (settings.scenario or settings.scenario_inline or settings.watch):
        return NOTHING, None
    from .sources import load_from_settings
    from .watch import Watch

    scenario = load_from_settings(settings)
    _tell(scenario)
    return scenario, Watch(settings.scenario, scenario) if settings.watch else None


def _tell(scenario: Loaded) -> None:
    """Say what may be meant otherwise, a line each."""
    log, found = logging.getLogger("emulator"), scenario.warnings
    for warning in found[:_TOLD]:
        log.warning("%s", warning.headline)
    if len(found) > _TOLD:
        log.warning("… and more: wechat-emulator validate shows them")
