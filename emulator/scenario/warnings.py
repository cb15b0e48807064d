"""What a good scenario may mean otherwise: rules that can never act, waits that never end.

In the words of a mistake, since people mend it the same way; but it stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..core.validation import Mistake
from ..core.wording import Path
from ..rules import effects
from ..rules.rule import Rule, Then
from ..rules.shadowed import shadowed
from .model import Scenario

_RUNNING = "a clock that runs (leave out clock.frozen), for what takes time"
_FROZEN = "a frozen one, where this lasts until a test advances the clock"
_REACHED = "a rule that some call gets to"
_HIDDEN = "one whose every call an earlier rule answers"


def warnings(scenario: Scenario) -> Iterator[Mistake]:
    """Every doubt about a scenario that is right."""
    for later, earlier in shadowed(scenario.rules):
        yield Mistake(("rules", later), _REACHED, _HIDDEN, earlier=("rules", earlier))
    if scenario.clock.frozen:
        for path, then in _thens(scenario):
            yield from _waits(path, then)


def _thens(scenario: Scenario) -> Iterator[tuple[Path, Then]]:
    """Everything that a rule or a code does, with its path."""
    for i, code in enumerate(scenario.codes):
        if code.then is not None:
            yield ("codes", i, "then"), code.then
    for i, rule in enumerate(scenario.rules):
        yield from _thens_of(rule, ("rules", i))


def _thens_of(rule: Rule, path: Path) -> Iterator[tuple[Path, Then]]:
    if rule.then is not None:
        yield (*path, "then"), rule.then
    for i, step in enumerate(rule.sequence or ()):
        if step.effects:
            yield (*path, "sequence", i), step


def _waits(path: Path, then: Then) -> Iterator[Mistake]:
    kinds = effects.load()
    for name in then.source:
        if kinds[name].takes_time:
            yield Mistake((*path, name), _RUNNING, _FROZEN, at_key=True)
