"""A server on a thread, and a test's handle on one of its worlds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .client import Client

if TYPE_CHECKING:
    from ..http.server import Server


class Emulator:
    """One world of a running emulator, with what a test needs of it."""

    def __init__(self, client: Client, world: str, thread: ServerThread) -> None:
        self.client = client
        """The whole control API of this world."""
        self.world = world
        """The world's name."""
        self._thread = thread

    @property
    def url(self) -> str:
        """The base URL to give to the backend under test, in place of https://api.weixin.qq.com."""
        return self.client.url

    def in_world(self, name: str) -> Emulator:
        """The same server's world of that name, made on first use."""
        return self._thread.emulator(name)

    def login(self, user: str = "alice", **options: Any) -> str:
        """A new login code, as `wx.login` gives it; options are those of `wx/login`."""
        return self.client.login(user, **options)

    def advance(self, by: str | float) -> None:
        """Move this world's clock forward: by `"5m1s"`, or by seconds."""
        self.client.advance(by)

    def rule(self, **rule: Any) -> str:
        """Script a behaviour, in the words of a scenario's rule; its id."""
        return self.client.add_rule(**rule)

    def load(self, scenario: str | Path | Mapping[str, Any]) -> None:
        """Start this world anew from a scenario.

        The scenario is a file, a folder or the name of a shipped one; YAML text of more than one
        line; or its plain values.
        """
        if isinstance(scenario, Path) or (isinstance(scenario, str) and "\n" not in scenario):
            scenario = _values_of(scenario)
        self.client.load_scenario(scenario)

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """The calls this world got, oldest first; filters are endpoint, appid, user, errcode …"""
        return self.client.requests(**filters)

    def report(self) -> str:
        """The calls that came, one per line, with their hints; a failed test shows it."""
        return "\n".join(_line(call) for call in self.requests())

    def assert_called(
        self, endpoint: str = "jscode2session", *, times: int | None = None, **filters: Any
    ) -> None:
        """Fail unless the endpoint was called so: exactly `times`, or at least once."""
        __tracebackhide__ = True  # pytest shows the test, not this line
        found = self.client.count(endpoint=endpoint, **filters)
        if found == times or (times is None and found):
            return
        raise AssertionError(_report(self.requests(), endpoint, times, filters, found))

    @contextmanager
    def redirect(self) -> Iterator[None]:
        """Inside the block, https://api.weixin.qq.com is this world, for this process.

        It is for backends that hard-code the host: their connections are led here, and they trust
        the emulator's certificate for WeChat's names.
        """
        from .redirect import redirected

        server = self._thread.server
        doors = self._thread.run(server.doors(self.world))
        try:
            with redirected(doors.ports, server.certificate):
                yield
        finally:
            self._thread.call(doors.close)


class ServerThread:
    """A server on a thread with its own event loop: tests with and without a loop can use it."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.server: Server

    def start(self) -> None:
        """Start the server on a free local port."""
        from ..core.settings import read_settings
        from ..http.server import Server

        self._thread.start()
        flags = {"port": (0,), "log": "off", **self._settings}
        self.server = Server(read_settings(flags, environ={}))
        try:
            self.run(self.server.start())
        except BaseException:
            self._end()
            raise

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine on the server's loop, and wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def call(self, function: Callable[[], None]) -> None:
        """Call a function on the server's loop, and wait until it is done."""

        async def there() -> None:
            function()

        self.run(there())

    def stop(self) -> None:
        """Stop the server, then its thread."""
        self.run(self.server.stop())
        self._end()

    def emulator(self, world: str = "default") -> Emulator:
        """A handle on one of its worlds."""
        client = Client(self.server.url, self._settings.get("control_token", ""))
        return Emulator(client if world == "default" else client.world(world), world, self)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def running(**settings: Any) -> Iterator[Emulator]:
    """An emulator that runs as long as the block does; the handle is on its default world.

    The settings are those of the command: `running(scenario="scenarios/busy.yaml")`.
    """
    threaded = ServerThread(settings)
    threaded.start()
    try:
        yield threaded.emulator()
    finally:
        threaded.stop()


def _values_of(name: str | Path) -> Mapping[str, Any]:
    from ..scenario.sources import load_named

    values: Mapping[str, Any] = load_named(str(name)).data
    return values


def _differences(call: Mapping[str, Any], endpoint: str, filters: Mapping[str, Any]) -> list[str]:
    wanted = {"endpoint": endpoint, **filters}
    return [
        f"{name}: expected {value!r}, got {_value_in(call, name)!r}"
        for name, value in wanted.items()
        if name in call and _value_in(call, name) != value
    ]


def _value_in(call: Mapping[str, Any], name: str) -> Any:
    """The value as filters see it: a success has errcode 0."""
    success = name == "errcode" and call["answer"].get("status") == 200
    return call[name] or 0 if success else call[name]


def _report(
    calls: list[dict[str, Any]],
    endpoint: str,
    times: int | None,
    filters: Mapping[str, Any],
    found: int,
) -> str:
    count = "at least 1 call" if times is None else f"{times} call{'s' * (times != 1)}"
    wish = "".join(f", {name}={value!r}" for name, value in filters.items())
    lines = [f"expected {count} of {endpoint}{wish}; got {found}"]
    if not calls:
        return lines[0] + ": no call came at all. Does the backend use this world's URL?"
    lines += ["what came:", *(f"  {_line(call)}" for call in calls[-10:])]
    others = [call for call in calls if _differences(call, endpoint, filters)]
    if others and (times is None or found < times):
        near = min(others, key=lambda call: len(_differences(call, endpoint, filters)))
        lines.append(f"the nearest is #{near['number']}:")
        lines += [f"  {difference}" for difference in _differences(near, endpoint, filters)]
    return "\n".join(lines)


def _line(call: Mapping[str, Any]) -> str:
    answer = call["answer"]
    result = answer.get("dropped") or call["errcode"] or answer["status"]
    about = " ".join(str(call[name]) for name in ("user", "js_code") if call[name])
    hint = f" ({call['hint']})" if call["hint"] else ""
    return f"#{call['number']} {call['method']} {call['path']} {about} -> {result}{hint}"
