"""The control API from Python: synchronous, standard library only.

>>> emulator = Client("http://127.0.0.1:8480")
>>> code = emulator.login("alice")
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ssl import SSLCertVerificationError
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Json = Any
"""What the control API answers; its `openapi.json` describes it."""

Body = str | Mapping[str, Any] | None
"""A mapping goes out as JSON, text as YAML."""


class ClientError(Exception):
    """The emulator refused; the text says what was expected and what came."""

    def __init__(
        self, detail: str, *, status: int = 0, title: str = "", errors: Sequence[Json] = ()
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.title = title
        self.errors = errors


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
        self._scheme, self._host, self._port, self._path = _split(self.url)

    @property
    def token(self) -> str:
        """The server's control token; empty if it wants none."""
        return self._token

    def world(self, name: str) -> Client:
        """The same server's world of this name, made on first use."""
        server = self.url.partition("/w/")[0]
        return Client(f"{server}/w/{quote(name)}", self._token, timeout=self._timeout)

    def login(self, user: str = "alice", **fields: Any) -> str:
        """A fresh code, as wx.login gives it; fields: appid, code, age, expires_in, then."""
        return str(self.wx("login", user=user, **fields)["code"])

    def authorize(self, user: str = "alice", **fields: Any) -> Json:
        """A web login without a browser: `{"code": …, "location": …}`.

        Fields: appid, scope, redirect_uri, state, deny, snapshot, code, age, expires_in.
        """
        return self.wx("authorize", user=user, **fields)

    def check_session(self, user: str = "alice", *, appid: str | None = None) -> Json:
        """What wx.checkSession tells the mini program."""
        return self.wx("checkSession", user=user, appid=appid)

    def wx(self, name: str, **fields: Any) -> Json:
        """What the phone's `wx.NAME` gives its callback: `wx("getPhoneNumber", user="bob")`."""
        return self.call("POST", f"wx/{name}", _without_none(fields))

    def codes(
        self, count: int, *, users: Sequence[str] = ("alice",), appid: str | None = None
    ) -> Iterator[dict[str, str]]:
        """Many fresh codes, dealt to the users in turn: `{"code": …, "user": …}` each."""
        body = _without_none({"count": count, "users": list(users), "appid": appid})
        with self._answer("POST", "/_emulator/v1/codes", body) as response:
            for left in range(count, 0, -1):
                if not (line := response.readline()):
                    raise ClientError(f"the answer ended {left} codes too early")
                yield json.loads(line)

    def apps(self) -> list[Json]:
        """Every declared app."""
        return self._all("apps")

    def app(self, appid: str) -> Json:
        """One declared app."""
        return self.call("GET", _path("apps", appid))

    def put_app(self, appid: str, **fields: Any) -> Json:
        """Declare an app; fields: secret, open_platform, ip_whitelist."""
        return self.call("PUT", _path("apps", appid), fields)

    def delete_app(self, appid: str) -> None:
        """Delete a declared app."""
        self.call("DELETE", _path("apps", appid))

    def users(self) -> list[Json]:
        """Every declared user."""
        return self._all("users")

    def user(self, name: str) -> Json:
        """One user, with the openid in each declared app."""
        return self.call("GET", _path("users", name))

    def put_user(self, name: str, **fields: Any) -> Json:
        """Declare a user; fields: nickname, phone, openids, unionid and so on."""
        return self.call("PUT", _path("users", name), fields)

    def delete_user(self, name: str) -> None:
        """Delete a declared user."""
        self.call("DELETE", _path("users", name))

    def endpoints(self) -> list[Json]:
        """Every declared endpoint."""
        return self._all("endpoints")

    def put_endpoints(self, *endpoints: Mapping[str, Any]) -> None:
        """Declare endpoints: `{"path": "/wxa/mine"}`; fields: method, token, body, answer."""
        self.call("PUT", "endpoints", {"endpoints": list(endpoints)})

    def delete_endpoints(self, path: str | None = None) -> None:
        """Delete one declared endpoint, or all."""
        self.call("DELETE", "endpoints", path=path)

    def sessions(self, *, appid: str | None = None, user: str | None = None) -> list[Json]:
        """What the backend should have stored: the valid session of each user in each app."""
        return self._all("sessions", appid=appid, user=user)

    def rotate_session_key(self, user: str = "alice", *, appid: str | None = None) -> Json:
        """The user's session with another session_key, as after a login elsewhere."""
        body = _without_none({"user": user, "appid": appid})
        return self.call("POST", "sessions/rotate", body)

    def expire_session(self, user: str = "alice", *, appid: str | None = None) -> None:
        """End the user's session for want of use: 87007 until a new login."""
        self.call("POST", "sessions/expire", _without_none({"user": user, "appid": appid}))

    def kill_tokens(self, access_token: str = "", *, appid: str = "") -> int:
        """End one access_token, an app's or all, as another process does: 40001. How many."""
        body = {"access_token": access_token, "appid": appid}
        return int(self.call("POST", "tokens/kill", body)["killed"])

    def expire_tokens(self, access_token: str = "", *, appid: str = "") -> int:
        """The same as if their two hours were over: 42001."""
        body = {"access_token": access_token, "appid": appid}
        return int(self.call("POST", "tokens/expire", body)["expired"])

    def freeze_secret(self, appid: str = "", *, lasts: str | float = "10m") -> None:
        """Freeze an app's secret: 40243 for tokens and logins."""
        self.call("POST", "sanctions/secret", {"appid": appid, "for": lasts})

    def ban_user(self, user: str = "alice", *, lasts: str | float = "1d") -> None:
        """Ban a user: 40226 for every login."""
        self.call("POST", "sanctions/user", {"user": user, "for": lasts})

    def ban_app(self, appid: str = "", *, lasts: str | float = "1d") -> None:
        """Ban an app: 50004 where it asks for a token, 50002 where it uses one."""
        self.call("POST", "sanctions/app", {"appid": appid, "for": lasts})

    def sanctions(self) -> list[Json]:
        """Frozen secrets, banned apps and users: `{"against", "name", "since", "until"}` each."""
        return self._all("sanctions")

    def lift_sanction(self, against: str, name: str) -> None:
        """End one before its time: against `secret`, `app` or `user`."""
        self.call("DELETE", _path(f"sanctions/{against}", name))

    def clock(self) -> Json:
        """The world's time: `{"now": …, "frozen": …}`."""
        return self.call("GET", "clock")

    def set_clock(self, at: str | None = None, *, frozen: bool | None = None) -> Json:
        """Set the time (RFC 3339 with offset), stop it or let it run; None leaves that as it is."""
        return self.call("PUT", "clock", _without_none({"at": at, "frozen": frozen}))

    def freeze(self, at: str | None = None) -> Json:
        """Stop the clock, now or at a moment."""
        return self.set_clock(at, frozen=True)

    def advance(self, by: str | float) -> Json:
        """Move the clock on: `"5m1s"`, or seconds."""
        return self.call("POST", "clock/advance", {"by": by})

    def requests(self, **which: Any) -> list[Json]:
        """The calls the backend made; filters: endpoint, path, appid, user, js_code, errcode …"""
        return self._all("requests", **which)

    def count(self, **which: Any) -> int:
        """How many calls match; filters as of `requests`."""
        return int(self.call("GET", "requests/count", **which)["count"])

    def wait_for_requests(self, count: int = 1, *, timeout: float = 10, **which: Any) -> list[Json]:
        """The matching calls once there are `count`; TimeoutError says how many came instead."""
        patient = Client(self.url, self._token, timeout=timeout + self._timeout)
        query: dict[str, Any] = {"count": count, "timeout": f"{timeout:f}s"} | which
        answer = patient.call("GET", "requests/wait", **query)
        calls: list[Json] = answer["requests"]
        if answer["timedOut"]:
            about = "".join(f", {name}={value}" for name, value in which.items())
            raise TimeoutError(f"waited {timeout:g} s for {count} calls{about}; {len(calls)} came")
        return calls

    def rules(self) -> list[Json]:
        """The rules in force, with how often each has acted."""
        return self._all("rules")

    def add_rule(self, **rule: Any) -> str:
        """Script what happens: `add_rule(on="jscode2session", then={"errcode": -1})`; its id."""
        return str(self.call("POST", "rules", rule)["id"])

    def delete_rules(self, rule_id: str | None = None) -> None:
        """Drop one rule, or all."""
        self.call("DELETE", "rules" if rule_id is None else _path("rules", rule_id))

    def scenario(self) -> Json:
        """What is loaded."""
        return self.call("GET", "scenario")

    def load_scenario(self, scenario: str | Mapping[str, Any], *, file: str | None = None) -> Json:
        """Load a scenario, YAML text or a mapping, and reset the world to it.

        `file` is where it comes from, for what the emulator says about mistakes in it.
        """
        return self.call("PUT", "scenario", scenario, file=file)

    def state(self) -> Json:
        """A snapshot of the world, for `put_state`."""
        return self.call("GET", "state")

    def put_state(self, state: Mapping[str, Any]) -> None:
        """Put the world back to a snapshot."""
        self.call("PUT", "state", state)

    def reset(self) -> None:
        """Put the world back to its scenario."""
        self.call("POST", "reset", {})

    def worlds(self) -> list[str]:
        """The names of all worlds."""
        return self._all("worlds")

    def delete_world(self, name: str) -> None:
        """Forget a world; its next use makes it anew."""
        self.call("DELETE", _path("worlds", name))

    def health(self) -> Json:
        """What is running: version, addresses, switches that differ."""
        return self.call("GET", "health")

    def certificate(self) -> str:
        """What a client has to trust to reach it over TLS, in PEM."""
        with self._answer("GET", "/_emulator/v1/certificate") as response:
            return response.read().decode()

    def ready(self) -> str:
        """`ready`, perhaps with a warning behind it; an error if it is not."""
        with self._answer("GET", "/readyz") as response:
            text = response.read().decode("utf-8", "replace").strip()
        if not text.startswith("ready"):
            raise self._not_an_emulator(response)
        return text

    def call(self, method: str, route: str, body: Body = None, **query: Any) -> Json:
        """What a route of the control API answers."""
        query_string = urlencode(_without_none(query))
        target = f"/_emulator/v1/{route}" + (f"?{query_string}" if query_string else "")
        with self._answer(method, target, body) as response:
            data = response.read()
        if response.headers.get_content_type() != "application/json":
            raise self._not_an_emulator(response)
        return json.loads(data)

    def _all(self, collection: str, **query: Any) -> list[Any]:
        answer: dict[str, list[Any]] = self.call("GET", collection, **query)
        return answer[collection]

    @contextmanager
    def _answer(self, method: str, target: str, body: Body = None) -> Iterator[HTTPResponse]:
        headers, data = {"Connection": "close"}, None
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            kind, text = ("yaml", body) if isinstance(body, str) else ("json", json.dumps(body))
            headers["Content-Type"], data = f"application/{kind}", text.encode()
        make = HTTPSConnection if self._scheme == "https" else HTTPConnection
        connection = make(self._host, self._port, timeout=self._timeout)
        try:
            connection.request(method, self._path + target, data, headers)
            with connection.getresponse() as response:
                if response.status >= 400:
                    raise self._refusal(response)
                yield response
        except SSLCertVerificationError as error:
            raise NotReachableError(
                f"{self.url} is not trusted ({error.verify_message}); "
                "let SSL_CERT_FILE name a file with what `wechat-emulator certificate` prints"
            ) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error).strip() or repr(error)
            raise NotReachableError(
                f"no emulator answers at {self.url} ({reason}); start one with: wechat-emulator"
            ) from None
        finally:
            connection.close()

    def _refusal(self, response: HTTPResponse) -> ClientError:
        if response.headers.get_content_type() != "application/problem+json":
            return self._not_an_emulator(response)
        problem = json.loads(response.read())
        fields = {"title": problem["title"], "errors": problem.get("errors", ())}
        return ClientError(problem["detail"], status=response.status, **fields)

    def _not_an_emulator(self, response: HTTPResponse) -> ClientError:
        kind = response.headers.get_content_type()
        detail = f"what answers at {self.url} is no wechat-emulator: {response.status}, {kind}"
        return ClientError(detail, status=response.status)


def _split(base_url: str) -> tuple[str, str, int | None, str]:
    try:
        parts = urlsplit(base_url)
        if parts.scheme in ("http", "https") and parts.hostname:
            return parts.scheme, parts.hostname, parts.port, parts.path
    except ValueError:
        pass
    raise ValueError(f"expected a URL such as http://127.0.0.1:8480, got {base_url!r}")


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _path(collection: str, name: str) -> str:
    return f"{collection}/{quote(name, safe='')}"
