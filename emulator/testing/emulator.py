"""A server on a thread, and a handle on one of its worlds."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..core.hints import some_of
from ..core.paths import glob
from ..core.settings import read_settings
from ..http.server import Server
from ..miniprogram import play
from ..world.clock import monotonic
from .client import Client


class Emulator:
    """One world of a running emulator, as a test sees it."""

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
        """A fresh login code, as `wx.login` gives; options are those of `wx/login`."""
        return self.client.login(user, **options)

    def authorize(self, user: str = "alice", **options: Any) -> dict[str, Any]:
        """A web login without a browser: its code, and the location that brings it to the site.

        Options are those of `wx/authorize`: redirect_uri, scope, state …
        """
        answer: dict[str, Any] = self.client.authorize(user, **options)
        return answer

    def advance(self, by: str | float) -> None:
        """Move this world's time on: `"5m1s"`, or seconds."""
        self.client.advance(by)

    def rule(self, **rule: Any) -> str:
        """Script a behaviour, in the words of a scenario's rule; its id."""
        return self.client.add_rule(**rule)

    def load(self, scenario: str | Path | Mapping[str, Any]) -> None:
        """Start this world over from a scenario.

        A file, a folder or a shipped one's name; YAML text of several lines; or its plain values.
        """
        if isinstance(scenario, Path) or (isinstance(scenario, str) and "\n" not in scenario):
            scenario = _values_at(scenario)
        self.client.load_scenario(scenario)

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """The calls this world got, oldest first; filters are endpoint, appid, user, errcode …"""
        return self.client.requests(**filters)

    def report(self) -> str:
        """The calls that came, a line each, with the hints, and the rules that none matched.

        It is for the reader of a failed test.
        """
        lines = [_line(call) for call in self.requests()]
        if idle := [rule["id"] for rule in self.client.rules() if not rule["calls"]]:
            lines.append(f"no call matched the rules {some_of(idle)}")
        return "\n".join(lines)

    def assert_called(
        self, endpoint: str = "jscode2session", *, times: int | None = None, **filters: Any
    ) -> None:
        """Fail unless the endpoint was called so: exactly `times`, or at least once.

        A path will do, too: `/wxa/msg_sec_check`, or `/cgi-bin/message/*` for any below it.
        """
        __tracebackhide__ = True  # pytest shows the test, not this line
        which = {"path" if endpoint.startswith("/") else "endpoint": endpoint, **filters}
        found = self.client.count(**which)
        if found == times or (times is None and found):
            return
        raise AssertionError(_report(self.requests(), which, times, found))

    def miniprogram(
        self,
        place: str | Path,
        *,
        servers: Mapping[str, str],
        user: str = "alice",
        taps: Sequence[str] = (),
        **options: Any,
    ) -> list[dict[str, Any]]:
        """Run a mini program on Node with this world as its WeChat, from its folder or app.js.

        Its calls come back. `servers` says where the domains it calls really are. Further options
        are `page`, `strict` and those of `createMiniProgram`. An error that nobody caught is an
        AssertionError.
        """
        __tracebackhide__ = True
        wanted = {
            "root": str(place),
            "url": self.url,
            "token": self.client.token,
            "servers": dict(servers),
            "user": user,
            "taps": list(taps),
        }
        done = play(wanted | options | {"json": True}, capture=True)
        if done.returncode:
            raise AssertionError(f"the mini program failed:\n{done.stderr}")
        calls: list[dict[str, Any]] = json.loads(done.stdout)["calls"]
        return calls

    @contextmanager
    def redirect(self) -> Iterator[None]:
        """While it lasts, https://api.weixin.qq.com in this process is this world.

        For backends that hard-code the host: their sockets are turned here, and the emulator's
        certificate is trusted for WeChat's names.
        """
        from .redirect import real_dates, redirected

        server = self._thread.server
        with real_dates():
            opened = self._thread.run(server.open_host_ports(self.world))
        try:
            with redirected(opened.ports, server.certificate):
                yield
        finally:
            self._thread.call(opened.close)


class ServerThread:
    """A server with an event loop of its own, so that tests with and without one can use it."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        # Tests fake time.monotonic, which the loop would measure its timers by.
        self._loop.time = monotonic  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.server: Server

    def start(self) -> None:
        """Listen on a free port of the loopback."""
        self._thread.start()
        flags = {"port": (0,), "log": "off", **self._settings}
        self.server = Server(read_settings(flags, environ={}))
        try:
            self.run(self.server.start())
        except BaseException:
            self._end()
            raise

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine on the server's loop and wait for what it gives."""
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
    """An emulator for as long as the block runs; settings are those of the command.

    `running(scenario="scenarios/busy.yaml")`. The handle is on the default world.
    """
    threaded = ServerThread(settings)
    threaded.start()
    try:
        yield threaded.emulator()
    finally:
        threaded.stop()


def _values_at(place: str | Path) -> Mapping[str, Any]:
    from ..scenario.sources import load_named

    values: Mapping[str, Any] = load_named(str(place)).data
    return values


def _differences(call: Mapping[str, Any], which: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: expected {value!r}, got {_of(call, name)!r}"
        for name, value in which.items()
        if name in call and not _fits(name, _of(call, name), value)
    ]


def _fits(name: str, got: Any, wanted: Any) -> bool:
    """A path may be wanted with `*` for anything."""
    return got == wanted or (name == "path" and glob(wanted).fullmatch(got) is not None)


def _of(call: Mapping[str, Any], name: str) -> Any:
    """As filters see it: a success counts as errcode 0."""
    answer = call["answer"] or {}  # none yet: it waits
    success = name == "errcode" and answer.get("status") == 200
    return call[name] or 0 if success else call[name]


def _report(
    calls: list[dict[str, Any]], which: Mapping[str, Any], times: int | None, found: int
) -> str:
    endpoint, *filters = which.items()
    count = "at least 1 call" if times is None else f"{times} call{'s' * (times != 1)}"
    wish = "".join(f", {name}={value!r}" for name, value in filters)
    lines = [f"expected {count} of {endpoint[1]}{wish}; got {found}"]
    if not calls:
        return lines[0] + ": no call came at all. Does the backend use this world's URL?"
    lines += ["what came:", *(f"  {_line(call)}" for call in calls[-10:])]
    others = [call for call in calls if _differences(call, which)]
    if others and (times is None or found < times):
        near = min(others, key=lambda call: len(_differences(call, which)))
        lines.append(f"the nearest is #{near['number']}:")
        lines += [f"  {difference}" for difference in _differences(near, which)]
    return "\n".join(lines)


def _line(call: Mapping[str, Any]) -> str:
    about = " ".join(str(call[name]) for name in ("user", "js_code") if call[name])
    hint = f" ({call['hint']})" if call["hint"] else ""
    return f"#{call['number']} {call['method']} {call['path']} {about} -> {_outcome(call)}{hint}"


def _outcome(call: Mapping[str, Any]) -> str:
    answer = call["answer"]
    if answer is None:
        return f"waits for {call['waitsFor']}"
    outcome = str(answer.get("dropped") or call["errcode"] or answer["status"])
    if call["state"] == "left":
        outcome += f", client left after {call['durationMs'] / 1000:.1f} s"
    return outcome
