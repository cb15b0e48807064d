"""What measurements share: rounds of new processes, load in turn, ratios with their spread."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from statistics import median

from .calls import exchange
from .load import Plan, Seen, Target
from .processes import LOAD_CORE, ONE_CORE, SERVER_CORE, on_core
from .servers import Server, Start, bare, takes

OTHER = "other checkout"
BODY = '{"session_key":"HyVFkGl5F5OQWJZZaNzBBg==","openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE"}'
"""As long as an exchange's success."""
_MOST_WARM = 10_000
"""Then the journal is full: an entry more is an entry less, as in any long run."""
_PATIENCE = 600


@dataclass(frozen=True)
class Run:
    """How thoroughly to measure."""

    smoke: bool
    rounds: int
    against: Path | None = None
    """A checkout whose emulator is measured in the same rounds."""

    def size(self, full: int, smoke: int) -> int:
        """The amount of work: `full`, or `smoke` where only running matters."""
        return smoke if self.smoke else full

    @property
    def seeds(self) -> range:
        """Each round's PYTHONHASHSEED: processes of one round share it, or they differ by 10 %."""
        return range(1, self.rounds + 1)

    def both(self, name: str, start: Start) -> dict[str, Start]:
        """The start under its name, and the same of the other checkout, where that has it."""
        if self.against and start.is_emulator and takes(other := start.elsewhere(self.against)):
            return {name: start, f"{OTHER}: {name}": other}
        return {name: start}


def exchanges(server: Server, count: int) -> list[str]:
    """Exchanges of so many codes minted just before, each once."""
    server.declare()
    return [exchange(code) for code in server.mint(count)]


def made_up_exchanges(_: Server, count: int) -> list[str]:
    """The same for a server that does not look."""
    return [exchange(f"0{n:031d}") for n in range(count)]


@dataclass(frozen=True)
class Side:
    """A server that takes part in a comparison, and what it is sent."""

    name: str
    start: Start
    requests: Callable[[Server, int], list[str]] = exchanges
    expect: str = "session_key"
    tls: bool = False

    def target(self, server: Server, count: int) -> Target:
        """Its running process with so many requests."""
        port = server.tls_port if self.tls else server.port
        return Target(server.pid, port, self.requests(server, count), self.expect, self.tls)


BARE = Side("bare", bare(BODY), made_up_exchanges)


@dataclass(frozen=True)
class Comparison:
    """What was seen of each side, a round after the other."""

    seen: Mapping[str, list[Seen]]
    how: str = ""

    def figures(self) -> None:
        """Print what each side reached, and how the other checkout compares."""
        for name, rounds in self.seen.items():
            show(f"{name}{self.how}: server CPU µs/request", [each.cpu for each in rounds])
            show(f"{name}{self.how}: requests/s", [each.rate for each in rounds])
        busy = [each.busy for rounds in self.seen.values() for each in rounds]
        show(f"load generator busy{self.how}", busy, "well under 1")
        for name in self.seen:
            if f"{OTHER}: {name}" in self.seen:
                self.ratio(f"{OTHER}: {name}", name, "1: as quick as there")

    def ratio(self, above: str, below: str, goal: str = "") -> None:
        """Print one side's CPU time per request over the other's, round by round."""
        pairs = zip(self.seen[above], self.seen[below], strict=True)
        values = [a.cpu / b.cpu for a, b in pairs]
        show(f"{above} / {below}{self.how}: CPU per request", values, goal)

    def latencies(self, above: str, below: str, goal: str = "") -> None:
        """Print the p99 of both, and one over the other."""
        pairs = list(zip(self.seen[above], self.seen[below], strict=True))
        show(f"{above}{self.how}: p99 ms", [a.p99 for a, _ in pairs])
        show(f"{below}{self.how}: p99 ms", [b.p99 for _, b in pairs])
        show(f"{above} / {below}{self.how}: p99", [a.p99 / b.p99 for a, b in pairs], goal)


def compare(
    run: Run, *sides: Side, count: int, how: str = "", sleeps: bool = False, pace: float = 0.0
) -> Comparison:
    """Each round, new processes of every side get `count` requests each, in slices by turns."""
    sides = tuple(
        replace(side, name=name, start=start)
        for side in sides
        for name, start in run.both(side.name, side.start).items()
    )
    seen: dict[str, list[Seen]] = {side.name: [] for side in sides}
    warm = min(count // 2, _MOST_WARM)
    slices, settle = (2, 0.0) if run.smoke else (4, 0.25)
    for seed in run.seeds:
        with ExitStack() as stack:
            servers = [stack.enter_context(side.start.running(seed)) for side in sides]
            targets = [
                side.target(server, warm + count)
                for side, server in zip(sides, servers, strict=True)
            ]
            plan = Plan(targets, warm, slices, sleeps=sleeps, pace=pace, settle=settle)
            for side, one in zip(sides, drive(plan), strict=True):
                seen[side.name].append(one)
    return Comparison(seen, how)


def drive(plan: Plan, *, strict: bool = True) -> list[Seen]:
    """Send the plan's requests from the load generator's process; all must be answered right."""
    if ONE_CORE:
        plan = replace(plan, sleeps=True)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asdict(plan)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=_PATIENCE,
        preexec_fn=on_core(LOAD_CORE),
    )
    seen = [Seen(**each) for each in json.loads(done.stdout)]
    if strict and (wrong := [each.wrong for each in seen if each.wrong]):
        raise AssertionError(f"not every answer was right: {wrong}")
    return seen


def send(
    server: Server, requests: Iterable[str], expect: str = "session_key", *, strict: bool = True
) -> Seen:
    """What was seen of one server that got these requests."""
    target = Target(server.pid, server.port, list(requests), expect, tls=False)
    [seen] = drive(Plan([target]), strict=strict)
    return seen


def show(label: str, values: list[float], goal: str = "") -> None:
    """A row: median, and the spread from the least to the most."""
    low, middle, high = min(values), median(values), max(values)
    form = ",.0f" if middle >= 100 else ".2f"
    row = f"  {label:68} {middle:>8{form}}   ({low:{form}} … {high:{form}})"
    print(row + (f"   goal: {goal}" if goal else ""), flush=True)


def show_ratio(above: str, below: str, values: Mapping[str, list[float]], goal: str) -> None:
    """A row with one over the other, round by round."""
    pairs = zip(values[above], values[below], strict=True)
    show(f"{above} / {below}", [a / b for a, b in pairs], goal)


def in_turn(run: Run, sides: Mapping[str, Callable[[int], float]]) -> dict[str, list[float]]:
    """What each gives for the hash seed of a round, the rounds by turns; a first one warms up."""
    if not run.smoke:
        for side in sides.values():
            side(0)  # for the .pyc files
    values: dict[str, list[float]] = {name: [] for name in sides}
    for seed in run.seeds:
        for name, side in sides.items():
            values[name].append(side(seed))
    return values


def about_this_machine() -> str:
    """What the figures were taken on."""
    versions = f"Python {platform.python_version()}, aiohttp {version('aiohttp')}"
    where = f"server on core {SERVER_CORE}, load on core {LOAD_CORE}"
    if ONE_CORE:
        where = "ONE core for server and load: the load generator sleeps in every row"
    return (
        f"{versions}, {os.cpu_count()} cores; {where}, "
        f"{Plan([]).connections} keep-alive connections; rows are median (least … most)"
    )
