"""The control API from Python, against a running emulator."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from emulator.testing.client import Client, ClientError, NotReachableError
from emulator.testing.emulator import Emulator, running
from tests.process import run_python
from tests.support import APPID, SECRET, jscode2session


@pytest.fixture
def client(wechat_emulator: Emulator) -> Client:
    return wechat_emulator.client


def exchange(client: Client, code: str) -> bytes:
    """What the backend under test does."""
    with urlopen(client.url + jscode2session(js_code=code)) as response:  # noqa: S310  # ours
        answer: bytes = response.read()
        return answer


def test_a_login_gives_a_code_that_the_backend_can_exchange(client: Client) -> None:
    assert b'"openid"' in exchange(client, client.login("bob", appid=APPID))


def test_a_login_takes_the_fields_of_wx_login(client: Client) -> None:
    assert client.login("bob", appid=APPID, code="fixed", age="1s", expires_in=60) == "fixed"


def test_codes_come_one_by_one(client: Client) -> None:
    codes = list(client.codes(5, users=["alice", "bob"]))
    assert [each["user"] for each in codes] == ["alice", "bob", "alice", "bob", "alice"]
    assert len({each["code"] for each in codes}) == 5


def test_codes_need_not_be_read_to_the_end(client: Client) -> None:
    assert next(client.codes(100_000))["user"] == "alice"


def test_a_session_lives_after_an_exchange(client: Client) -> None:
    assert client.check_session()["errMsg"].startswith("checkSession:fail")
    exchange(client, client.login(appid=APPID))
    assert client.check_session(appid=APPID) == {"errMsg": "checkSession:ok"}
    assert [each["user"] for each in client.sessions(appid=APPID)] == ["alice"]
    assert client.sessions(user="bob") == []


def test_a_session_changes_behind_the_backends_back(client: Client) -> None:
    exchange(client, client.login(appid=APPID))
    (before,) = client.sessions()
    rotated = client.rotate_session_key(appid=APPID)
    assert client.sessions()[0]["session_key"] == rotated["session_key"] != before["session_key"]
    client.expire_session(appid=APPID)
    assert "relogin" in client.check_session(appid=APPID)["errMsg"]


def test_tokens_end_before_their_time(client: Client) -> None:
    assert (client.kill_tokens(), client.expire_tokens(appid=APPID)) == (0, 0)


def test_sanctions_are_imposed_and_lifted(client: Client) -> None:
    client.freeze_secret(APPID)
    client.ban_app(APPID, lasts=60)
    client.ban_user("mallory", lasts="1h")
    against = [(each["against"], each["name"]) for each in client.sanctions()]
    assert against == [("secret", APPID), ("app", APPID), ("user", "mallory")]
    for each in against:
        client.lift_sanction(*each)
    assert client.sanctions() == []


def test_apps_are_declared_and_taken_back(client: Client) -> None:
    client.put_app(APPID, secret=SECRET, open_platform="acme")
    assert client.app(APPID)["open_platform"] == "acme"
    assert [app["appid"] for app in client.apps()] == [APPID]
    client.delete_app(APPID)
    assert client.apps() == []


def test_users_are_declared_and_taken_back(client: Client) -> None:
    client.put_user("小艾/1", nickname="Ally")
    assert client.user("小艾/1")["nickname"] == "Ally"
    assert [user["name"] for user in client.users()] == ["小艾/1"]
    client.delete_user("小艾/1")
    assert client.users() == []


def test_time_stops_and_moves_on(client: Client) -> None:
    assert client.freeze("2026-01-01T12:00:00+08:00")["frozen"] is True
    before = client.clock()["now"]
    assert client.advance("-1h")["now"] != before
    assert client.advance(3600)["now"] == before
    assert client.set_clock(frozen=False)["frozen"] is False


def test_calls_are_listed_counted_and_filtered(client: Client) -> None:
    exchange(client, client.login("bob", appid=APPID))
    exchange(client, "unknown")
    assert [call["errcode"] for call in client.requests()] == [None, 40029]
    assert client.count() == 2
    assert client.count(user="bob", endpoint="jscode2session") == 1
    assert [call["js_code"] for call in client.requests(errcode=40029)] == ["unknown"]


def test_waiting_for_calls_ends_when_they_came(client: Client) -> None:
    threading.Thread(target=exchange, args=(client, "unknown")).start()
    [call] = client.wait_for_requests(1, js_code="unknown")
    assert call["errcode"] == 40029


def test_waiting_in_vain_says_what_for(client: Client) -> None:
    exchange(client, "one")
    with pytest.raises(TimeoutError) as caught:
        client.wait_for_requests(2, timeout=0.01, errcode=40029)
    assert str(caught.value) == "waited 0.01 s for 2 calls, errcode=40029; 1 came"


def test_rules_are_added_and_dropped(client: Client) -> None:
    first = client.add_rule(on="jscode2session", then={"errcode": 45011}, name="minute quota")
    second = client.add_rule(on="*", then={"errcode": -1})
    assert [rule["id"] for rule in client.rules()] == [second, first]
    client.delete_rules(second)
    assert b"45011" in exchange(client, client.login(appid=APPID))
    client.delete_rules()
    assert client.rules() == []


def test_a_state_can_be_put_back(client: Client) -> None:
    code = client.login(appid=APPID)
    state = client.state()
    exchange(client, code)
    client.put_state(state)
    assert b'"openid"' in exchange(client, code)


def test_a_reset_forgets(client: Client) -> None:
    client.put_app(APPID)
    client.reset()
    assert client.apps() == []


def test_worlds_are_apart(client: Client) -> None:
    other = client.world("other")
    other.put_app(APPID)
    assert client.apps() == []
    assert "other" in client.worlds()
    assert other.world("elsewhere").url == client.world("elsewhere").url
    client.delete_world("other")
    assert "other" not in client.worlds()


def test_health_tells_the_world(wechat_emulator: Emulator) -> None:
    assert wechat_emulator.client.health()["world"] == wechat_emulator.world


def test_a_route_without_a_method_of_its_own_can_be_called(client: Client) -> None:
    assert client.call("GET", "openapi.json")["openapi"].startswith("3.")


def test_a_refusal_carries_the_problem(client: Client) -> None:
    with pytest.raises(ClientError) as caught:
        client.put_app(APPID, secrt="x", ip_whitelist=["home"])
    problem = caught.value
    assert (problem.status, str(problem)) == (422, problem.detail)
    assert "secrt" in problem.detail
    assert [error["pointer"] for error in problem.errors] == ["/secrt"]


def test_a_token_is_sent() -> None:
    with running(control_token="sesame") as emulator:
        assert emulator.in_world("w").login()
        assert Client(emulator.url, "sesame").world("w").health()["status"] == "ok"
        with pytest.raises(ClientError, match="Authorization: Bearer TOKEN") as caught:
            Client(emulator.url).health()
    assert caught.value.status == 401


def test_a_server_that_is_not_there_is_told_how_to_start() -> None:
    client = Client("http://127.0.0.1:1")
    with pytest.raises(NotReachableError) as caught:
        client.health()
    assert str(caught.value) == (
        "no emulator answers at http://127.0.0.1:1 (Connection refused); "
        "start one with: wechat-emulator"
    )


def test_https_wants_the_test_ca_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with running(tls_port=(0,), ca_dir=str(tmp_path)) as emulator:
        client = Client(emulator.client.health()["addresses"][1])
        with pytest.raises(NotReachableError, match="let SSL_CERT_FILE name a file"):
            client.health()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert client.health()["status"] == "ok"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
         "what answers at URL is no wechat-emulator: 404, text/html"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
         "what answers at URL is no wechat-emulator: 200, text/html"),
        (b"", "no emulator answers at URL (Remote end closed connection without response); "
         "start one with: wechat-emulator"),
        (b"220 smtp.example.org\r\n", "no emulator answers at URL (220 smtp.example.org); "
         "start one with: wechat-emulator"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("call", [Client.ready, Client.health])
def test_another_program_at_the_address_is_recognised(
    call: Callable[[Client], object], answer: bytes, message: str
) -> None:
    with answering(answer) as url:
        client = Client(url)
        with pytest.raises(ClientError) as caught:
            call(client)
    assert str(caught.value).replace(url, "URL").strip() == message


def test_codes_cut_short_are_no_silent_end() -> None:
    line = b'{"code":"x","user":"alice"}\n'
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with answering(head + b"%x\r\n%s\r\n" % (len(line), line)) as url:
        codes = Client(url).codes(3)
        next(codes)
        with pytest.raises(ClientError, match="2 codes too early"):
            next(codes)


@pytest.mark.parametrize(
    "url", ["localhost:8480", "ftp://h", "http://", "http://h:x", "http://[::1"]
)
def test_what_is_no_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="expected a URL such as"):
        Client(url)


def test_the_client_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = {*sys.modules}; import emulator.client\n"
        "loaded = {name.partition('.')[0] for name in {*sys.modules} - before}\n"
        "print(sorted(loaded - {*sys.stdlib_module_names}))\n"
        "print(sorted(name for name in sys.modules if name.startswith('emulator')))"
    )
    ours = ["emulator", "emulator.client", "emulator.testing", "emulator.testing.client"]
    assert run_python(code) == f"['emulator']\n{ours}\n"


@contextmanager
def answering(data: bytes) -> Iterator[str]:
    """A program that sends the same to everyone and hangs up."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1 << 16)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()
