"""The control API from Python: synchronous, standard library only.

>>> emulator = Client("http://127.0.0.1:8480")
>>> code = emulator.login("alice")
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

_CONTROL = "/_emulator/v1/"


class ClientError(Exception):
    """The emulator refused; the text says what was expected and what came."""

    def __init__(
        self, detail: str, *, status: int = 0, title: str = "", errors: list[Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.title = title
        self.errors = errors or []


class NotReachableError(ClientError):
    """Nothing answers at the base URL."""


class Client:
    """One world of a running emulator; the base URL says which.

    Proxy variables do not matter. Each call opens its own connection, so a client may be shared by
    threads, survives a fork and a restart of the server, and has nothing to close.
    """

    def __init__(
        self, base_url: str = "http://127.0.0.1:8480", token: str = "", *, timeout: float = 30
    ) -> None:
        """`token` is the server's control token; an answer may take `timeout` seconds."""
        self.url = base_url.rstrip("/")
        self._token = token
        self._timeout = timeout
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"expected a URL such as http://127.0.0.1:8480, got {base_url!r}")
        self._connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path

    def world(self, name: str) -> Client:
        """The same server's world of this name, made on first use."""
        server = self.url.partition("/w/")[0]
        return Client(f"{server}/w/{name}", self._token, timeout=self._timeout)

    # The phone's side

    def login(self, user: str = "alice", **fields: Any) -> str:
        """A fresh code, as wx.login gives it; fields: appid, code, age, expires_in, then."""
        return str(self.wx("login", user=user, **fields)["code"])

    def check_session(self, user: str = "alice", *, appid: str | None = None) -> dict[str, Any]:
        """What wx.checkSession tells the mini program."""
        return self.wx("checkSession", user=user, appid=appid)

    def wx(self, name: str, **fields: Any) -> dict[str, Any]:
        """What the phone's `wx.NAME` gives its callback: `wx("getPhoneNumber", user="bob")`."""
        return self._object("POST", f"wx/{name}", _given(fields))

    def codes(
        self, count: int, *, users: Sequence[str] = ("alice",), appid: str | None = None
    ) -> Iterator[dict[str, str]]:
        """Many fresh codes, dealt to the users in turn: `{"code": …, "user": …}` each."""
        body = _given({"count": count, "users": list(users), "appid": appid})
        with self._answer("POST", _CONTROL + "codes", body) as response:
            for line in response:
                yield json.loads(line)

    # What the world holds

    def apps(self) -> list[dict[str, Any]]:
        """Every declared app."""
        return self._list("apps")

    def app(self, appid: str) -> dict[str, Any]:
        """One declared app."""
        return self._object("GET", _path("apps", appid))

    def put_app(self, appid: str, **fields: Any) -> dict[str, Any]:
        """Declare an app; fields: secret, open_platform, ip_whitelist."""
        return self._object("PUT", _path("apps", appid), fields)

    def delete_app(self, appid: str) -> None:
        """Take a declared app back."""
        self.call("DELETE", _path("apps", appid))

    def users(self) -> list[dict[str, Any]]:
        """Every declared user."""
        return self._list("users")

    def user(self, name: str) -> dict[str, Any]:
        """One user, with the openid in each declared app."""
        return self._object("GET", _path("users", name))

    def put_user(self, name: str, **fields: Any) -> dict[str, Any]:
        """Declare a user; fields: nickname, phone, openids, unionid …"""
        return self._object("PUT", _path("users", name), fields)

    def delete_user(self, name: str) -> None:
        """Take a declared user back."""
        self.call("DELETE", _path("users", name))

    def sessions(self, *, appid: str | None = None, user: str | None = None) -> list[Any]:
        """What the backend should have stored: the valid session of each user in each app."""
        return self._list("sessions", appid=appid, user=user)

    def state(self) -> dict[str, Any]:
        """A snapshot of the world, for `restore`."""
        return self._object("GET", "state")

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put the world back to a snapshot."""
        self.call("PUT", "state", state)

    def reset(self) -> None:
        """Put the world back to its scenario."""
        self.call("POST", "reset", {})

    # Time

    def clock(self) -> dict[str, Any]:
        """The world's time: `{"now": …, "frozen": …}`."""
        return self._object("GET", "clock")

    def set_clock(self, at: str | None = None, *, frozen: bool | None = None) -> dict[str, Any]:
        """Set the time (RFC 3339 with offset), stop it or let it run; None leaves that as it is."""
        return self._object("PUT", "clock", _given({"at": at, "frozen": frozen}))

    def freeze(self, at: str | None = None) -> dict[str, Any]:
        """Stop the clock, now or at a moment."""
        return self.set_clock(at, frozen=True)

    def unfreeze(self) -> dict[str, Any]:
        """Let the clock run on."""
        return self.set_clock(frozen=False)

    def advance(self, by: str | float) -> dict[str, Any]:
        """Move the clock on: `"5m1s"`, or seconds."""
        return self._object("POST", "clock/advance", {"by": by})

    # What the backend did

    def requests(self, **which: Any) -> list[dict[str, Any]]:
        """The calls the backend made; filters: endpoint, appid, user, js_code, errcode, after."""
        return self._list("requests", **which)

    def count(self, **which: Any) -> int:
        """How many calls match; filters as of `requests`."""
        return int(self._object("GET", "requests/count", **which)["count"])

    def wait_for_requests(
        self, count: int = 1, *, timeout: float = 10, **which: Any
    ) -> list[dict[str, Any]]:
        """The matching calls once there are `count`; TimeoutError says how many came instead."""
        patient = Client(self.url, self._token, timeout=timeout + self._timeout)
        answer = patient.call("GET", "requests/wait", count=count, timeout=f"{timeout:f}s", **which)
        if answer["timedOut"]:
            came = len(answer["requests"])
            about = "".join(f", {name}={value}" for name, value in which.items())
            raise TimeoutError(f"waited {timeout:g} s for {count} calls{about}; {came} came")
        return cast(list[dict[str, Any]], answer["requests"])

    # Scripted behaviour

    def rules(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each has acted."""
        return self._list("rules")

    def add_rule(self, **rule: Any) -> str:
        """Script what happens: `add_rule(on="jscode2session", then={"errcode": -1})`; its id."""
        return str(self._object("POST", "rules", rule)["id"])

    def delete_rules(self, rule_id: str | None = None) -> None:
        """Drop one rule, or all."""
        self.call("DELETE", "rules" if rule_id is None else _path("rules", rule_id))

    def scenario(self) -> dict[str, Any]:
        """What is loaded."""
        return self._object("GET", "scenario")

    def load_scenario(self, scenario: str | Mapping[str, Any]) -> dict[str, Any]:
        """Load a scenario, YAML text or a mapping, and reset the world to it."""
        return self._object("PUT", "scenario", scenario)

    def validate_scenario(self, scenario: str | Mapping[str, Any]) -> dict[str, Any]:
        """Only check a scenario."""
        return self._object("POST", "scenario/validate", scenario)

    # The server

    def health(self) -> dict[str, Any]:
        """What is running: version, addresses, switches that differ."""
        return self._object("GET", "health")

    def ready(self) -> str:
        """`ready`, perhaps with a warning; NotReachableError or ClientError if it is not."""
        with self._answer("GET", "/readyz") as response:
            text = response.read().decode("utf-8", "replace").strip()
        if not text.startswith("ready"):
            raise self._stranger(response)
        return text

    def worlds(self) -> list[str]:
        """The names of all worlds."""
        return self._list("worlds")

    def delete_world(self, name: str) -> None:
        """Forget a world; its next use makes it anew."""
        self.call("DELETE", _path("worlds", name))

    # The wire

    def call(
        self, method: str, route: str, body: str | Mapping[str, Any] | None = None, **query: Any
    ) -> Any:
        """What a route of the control API answers; text as body is YAML."""
        target = _CONTROL + route
        if given := _given(query):
            target += "?" + urlencode(given)
        with self._answer(method, target, body) as response:
            data = response.read()
        if response.headers.get_content_type() != "application/json":
            raise self._stranger(response)
        return json.loads(data)

    def _object(
        self, method: str, route: str, body: str | Mapping[str, Any] | None = None, **query: Any
    ) -> dict[str, Any]:
        return cast(dict[str, Any], self.call(method, route, body, **query))

    def _list(self, route: str, **query: Any) -> list[Any]:
        """What stands in the answer under the route's own name."""
        return cast(list[Any], self._object("GET", route, **query)[route])

    @contextmanager
    def _answer(
        self, method: str, target: str, body: str | Mapping[str, Any] | None = None
    ) -> Iterator[HTTPResponse]:
        headers = {"Connection": "close"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            headers["Content-Type"] = "application/" + ("yaml" if isinstance(body, str) else "json")
            body = body if isinstance(body, str) else json.dumps(body)
        connection = self._connection(self._host, self._port, timeout=self._timeout)
        try:
            data = None if body is None else body.encode()
            connection.request(method, self._path + target, data, headers)
            with connection.getresponse() as response:
                if response.status >= 400:
                    raise self._refusal(response)
                yield response
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()

    def _refusal(self, response: HTTPResponse) -> ClientError:
        if response.headers.get_content_type() != "application/problem+json":
            return self._stranger(response)
        problem = json.loads(response.read())
        return ClientError(
            problem["detail"],
            status=response.status,
            title=problem["title"],
            errors=problem.get("errors"),
        )

    def _stranger(self, response: HTTPResponse) -> ClientError:
        return ClientError(
            f"what answers at {self.url} is not a wechat-emulator: status {response.status}, "
            f"{response.headers.get_content_type()}",
            status=response.status,
        )

    def _unreachable(self, error: Exception) -> NotReachableError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return NotReachableError(
            f"no emulator answers at {self.url} ({reason}); start one with: wechat-emulator"
        )


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _path(collection: str, name: str) -> str:
    return f"{collection}/{quote(name, safe='')}"
