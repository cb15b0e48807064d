"""What worlds start from, as the settings say; a start without a scenario pays for no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.settings import Settings
from .loaded import NOTHING, Loaded

if TYPE_CHECKING:
    from .watch import Watch


def starting(settings: Settings) -> tuple[Loaded, Watch | None]:
    """The scenario, and with --watch who looks at its files; ScenarioError if it is bad."""
    if not (settings.scenario or settings.scenario_inline or settings.watch):
        return NOTHING, None
    from .sources import given
    from .watch import Watch

    scenario = given(settings)
    return scenario, Watch(settings.scenario, scenario) if settings.watch else None
