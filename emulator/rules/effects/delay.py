"""`delay`: the call waits before WeChat reads it."""

from __future__ import annotations

from math import exp
from typing import Annotated, ClassVar

from msgspec import Meta

from ...core.call import Call, Outcome
from ...core.duration import Duration
from ...core.validation import CheckError, Mistake
from ...world.world import World
from . import Effect, Proceed, When, effect, hold

_FORMS = "one of: a duration, {min, max}, or {median, sigma}"


@effect
class Delay(Effect, frozen=True, forbid_unknown_fields=True):
    """A wait of the world's time: fixed, drawn evenly, or lognormal as real latencies are.

    On a frozen clock it ends when the clock is advanced past it.
    """

    acts: ClassVar[When] = "before"
    takes_time = True
    examples = ("3s", 0.5, {"min": "1s", "max": "2s"}, {"median": "200ms"})

    fixed: Annotated[Duration | None, Meta(description="Always this long.")] = None
    min: Annotated[Duration | None, Meta(description="At least; drawn evenly up to max.")] = None
    max: Annotated[Duration | None, Meta(description="At most; drawn evenly from min.")] = None
    median: Annotated[
        Duration | None, Meta(description="Half of the waits are longer; drawn lognormally.")
    ] = None
    sigma: Annotated[
        float, Meta(ge=0, le=5, description="How far lognormal waits spread; 0 is not at all.")
    ] = 0.5

    def __post_init__(self) -> None:
        uniform = self.min is not None and self.max is not None
        given = tuple(name for name in _LENGTHS if getattr(self, name) is not None)
        if given not in (("fixed",), ("min", "max"), ("median",)):
            raise CheckError([Mistake((), _FORMS, f"{{{', '.join(given)}}}")])
        if uniform and self.min > self.max:  # type: ignore[operator]  # as `uniform` says
            raise CheckError([Mistake(("max",), f"at least min ({self.min})", str(self.max))])

    async def apply(self, call: Call, proceed: Proceed, world: World) -> Outcome:
        """As in `Effect`."""
        seconds = await self.draw(world)
        if seconds > 0:
            steady = world.clock.steady()
            until = steady() + seconds
            await hold(call, world, f"a delay of {Duration(seconds)}", until)
            await world.clock.sleep_until(until, steady, in_vain=lambda: call.client_left)
        return await proceed()

    async def draw(self, world: World) -> float:
        """How long the next call waits, in seconds."""
        if self.fixed is not None:
            return self.fixed
        n = await world.transact(lambda view: view.store.next("delay"))
        chance = world.ids.random("delay", n)
        if self.min is not None and self.max is not None:
            return chance.uniform(self.min, self.max)
        return (self.median or 0.0) * exp(chance.gauss(0, self.sigma))


_LENGTHS = ("fixed", "min", "max", "median")
