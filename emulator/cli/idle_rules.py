"""What `exec` says at its end about the rules that nothing ever met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.hints import some_of

if TYPE_CHECKING:
    from ..worlds import Worlds


async def complaint(worlds: Worlds) -> str:
    """The rules that no call of any world matched, as one line; empty if there is none.

    Each world has its own rules, from one scenario: what acted in one has done its work.
    """
    idle: dict[str, None] = {}
    met: set[str] = set()
    for name in worlds.names():
        if gateway := worlds.get(name):
            unmatched = await gateway.rules.unmatched()
            idle |= dict.fromkeys(unmatched)
            met |= {bound.id for bound in gateway.rules} - set(unmatched)
    names = [each for each in idle if each not in met]
    return f"warning: no call matched the rules {some_of(names)}" if names else ""
