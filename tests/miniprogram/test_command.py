"""Phone, developer's server, WeChat: unmodified mini programs with the example backend."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import ClientSession, web
from backend import WeChat, make_app

from emulator.testing.emulator import Emulator
from tests.docs.pages import ROOT
from tests.miniprogram.server_thread import serving
from tests.process import run
from tests.reach.support import need

APPID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
FORMS = Path(__file__).parent / "forms"
EXAMPLE = ROOT / "examples" / "miniprogram"
TEST_COM = "https://test.com"
NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def server(wechat_emulator: Emulator) -> Iterator[str]:
    """The example backend's URL; its app and alice are declared."""
    need("node")
    wechat_emulator.client.put_app(APPID, secret=SECRET)
    wechat_emulator.client.put_user("alice", phone="13800138000")
    with serving(make_app(WeChat(APPID, SECRET, base_url=wechat_emulator.url))) as url:
        yield url


def play(emulator: Emulator, place: Path, *args: str, code: int = 0) -> tuple[list[str], str]:
    """The lines that the command prints, and its stderr."""
    done = run("miniprogram", str(place), "--url", emulator.url, *args)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize("form", ["plain", "plain/app.js", "with_config", "with_config/app.js"])
def test_the_app_js_that_documents_print_logs_in(
    wechat_emulator: Emulator, server: str, form: str
) -> None:
    lines, _ = play(wechat_emulator, FORMS / form, "--server", f"{TEST_COM}={server}", "--strict")
    assert lines[0].startswith("wx.login -> ok ")
    assert lines[1].startswith('wx.request GET https://test.com/onLogin -> 200 {"token":')
    wechat_emulator.assert_called("jscode2session", user="alice", times=1)


def test_the_example_asks_for_the_phone_number(wechat_emulator: Emulator, server: str) -> None:
    flags = ["--server", f"{TEST_COM}={server}", "--tap", "#phone", "--strict"]
    lines, _ = play(wechat_emulator, EXAMPLE, *flags)
    assert lines[-1] == 'wx.request POST https://test.com/phone -> 200 {"phone":"13800138000"}'


def test_a_handler_will_do_for_a_tap(wechat_emulator: Emulator, server: str) -> None:
    flags = ["--server", f"{TEST_COM}={server}", "--tap", "onGetPhoneNumber"]
    assert "/phone -> 200" in play(wechat_emulator, EXAMPLE, *flags)[0][-1]


def test_another_user_is_another_person(wechat_emulator: Emulator, server: str) -> None:
    wechat_emulator.client.put_user("bob")
    servers = ("--server", f"{TEST_COM}={server}")
    play(wechat_emulator, EXAMPLE, *servers, "--user", "bob")
    wechat_emulator.assert_called("jscode2session", user="bob", times=1)


def test_strict_fails_for_a_failed_request(wechat_emulator: Emulator) -> None:
    need("node")
    lines, _ = play(wechat_emulator, FORMS / "plain")
    assert lines[-1].startswith("  hint: https://test.com is not among the servers")
    _, err = play(wechat_emulator, FORMS / "plain", "--strict", code=1)
    assert "--strict: wx.request failed: request:fail url not in domain list" in err


def test_strict_fails_for_a_status_of_400_up(wechat_emulator: Emulator, server: str) -> None:
    wechat_emulator.rule(on="jscode2session", then={"errcode": 45011})
    flags = ["--server", f"{TEST_COM}={server}", "--strict"]
    _, err = play(wechat_emulator, FORMS / "plain", *flags, code=1)
    assert "wx.request got status 503" in err


LEAKS: dict[str, Callable[[str], dict[str, str]]] = {
    "as it is": lambda key: {"token": key},
    "for a URL": lambda key: {"next": f"/me?key={quote(key, safe='')}"},
    "in base64url": lambda key: {"k": key.replace("+", "-").replace("/", "_").rstrip("=")},
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_strict_finds_the_session_key_in_an_answer(
    wechat_emulator: Emulator, leak: Callable[[str], dict[str, str]]
) -> None:
    need("node")

    async def on_login(request: web.Request) -> web.Response:
        query = {"appid": APPID, "secret": SECRET, "grant_type": "authorization_code"}
        query["js_code"] = request.query["code"]
        url = f"{wechat_emulator.url}/sns/jscode2session"
        async with ClientSession() as http, http.get(url, params=query) as response:
            return web.json_response(leak(json.loads(await response.text())["session_key"]))

    with serving(routed(on_login)) as url:
        flags = ["--server", f"{TEST_COM}={url}", "--strict"]
        _, err = play(wechat_emulator, FORMS / "plain", *flags, code=1)
    assert "onLogin holds the session_key, which must never leave the server" in err


def test_strict_finds_a_code_that_nobody_exchanged(wechat_emulator: Emulator) -> None:
    need("node")

    async def trusting(request: web.Request) -> web.Response:
        return web.json_response({"token": "alice"})

    with serving(routed(trusting)) as url:
        flags = ["--server", f"{TEST_COM}={url}", "--strict"]
        _, err = play(wechat_emulator, FORMS / "plain", *flags, code=1)
    assert "never asked WeChat whose it is" in err


def routed(on_login: Callable[[web.Request], Awaitable[web.Response]]) -> web.Application:
    app = web.Application()
    app.add_routes([web.get("/onLogin", on_login)])
    return app


def test_an_uncaught_error_fails(wechat_emulator: Emulator, tmp_path: Path) -> None:
    need("node")
    app = tmp_path / "app.js"
    app.write_text("App({ onLaunch() {\n  undefined.x\n} })")
    _, err = play(wechat_emulator, app, code=1)
    assert f"{app}:2" in err


def test_a_promise_that_nobody_looks_after_fails(wechat_emulator: Emulator, tmp_path: Path) -> None:
    need("node")
    app = tmp_path / "app.js"
    app.write_text("App({ onLaunch() { wx.checkSession() } })")
    _, err = play(wechat_emulator, app, code=1)
    assert 'Uncaught (in promise) {"errMsg":"checkSession:fail' in err


def test_a_user_who_is_not_declared_is_named(wechat_emulator: Emulator, server: str) -> None:
    flags = ["--server", f"{TEST_COM}={server}", "--user", "alcie"]
    _, err = play(wechat_emulator, FORMS / "plain", *flags, code=1)
    assert "wechat-emulator: " in err
    assert "alcie" in err
    assert "run.js" not in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere"], "no mini program there: "),
        ([str(FORMS / "plain"), "--server", "test.com"], "--server: expected https://DOMAIN=URL"),
        (
            [str(FORMS / "plain"), "--server", "https://localhost=http://a"],
            "WeChat lists no localhost",
        ),
    ],
)
def test_a_mistake_in_the_set_up_is_usage(args: list[str], said: str) -> None:
    need("node")
    done = run("miniprogram", *args, "--url", NOBODY)
    assert done.returncode == 2
    assert said in done.stderr


def test_without_an_emulator_it_says_so() -> None:
    need("node")
    done = run("miniprogram", str(FORMS / "plain"), "--url", NOBODY)
    assert done.returncode == 1
    assert "no emulator answers at http://127.0.0.1:1" in done.stderr


def test_without_node_it_says_so(tmp_path: Path) -> None:
    done = run("miniprogram", str(FORMS / "plain"), PATH=str(tmp_path))
    assert done.returncode == 1
    assert "runs on Node 18 or later (https://nodejs.org), and no `node` is on PATH" in done.stderr


def test_an_old_node_is_named(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v16.20.2\n")
    node.chmod(0o755)
    done = run("miniprogram", str(FORMS / "plain"), PATH=str(tmp_path))
    assert done.returncode == 1
    assert f"{node} is v16.20.2" in done.stderr


@pytest.mark.parametrize(("flags", "form"), [((), "js"), (("cjs",), "cjs"), (("d.ts",), "d.ts")])
def test_it_prints_the_source(flags: tuple[str, ...], form: str) -> None:
    source = (ROOT / "emulator" / "miniprogram" / f"wx.{form}").read_text("utf-8")
    assert run("miniprogram", "--print", *flags).stdout == source


def test_pytest_gets_the_calls(wechat_emulator: Emulator, server: str) -> None:
    calls = wechat_emulator.miniprogram(EXAMPLE, servers={TEST_COM: server}, taps=["#phone"])
    assert [call["api"] for call in calls] == [
        "login", "request", "setStorageSync", "getPhoneNumber", "request",
    ]  # fmt: skip
    assert calls[-1]["result"]["data"] == {"phone": "13800138000"}


def test_pytest_gets_the_denial_it_scripts(wechat_emulator: Emulator, server: str) -> None:
    calls = wechat_emulator.miniprogram(
        EXAMPLE,
        servers={TEST_COM: server},
        taps=["#phone"],
        script={"getPhoneNumber": {"deny": True}},
    )
    assert calls[-1]["result"]["errMsg"] == "getPhoneNumber:fail user deny"


def test_pytest_shows_what_went_wrong(wechat_emulator: Emulator, tmp_path: Path) -> None:
    need("node")
    (tmp_path / "app.js").write_text("App({ onLaunch() { undefined.x } })")
    with pytest.raises(AssertionError, match="Cannot read properties of undefined"):
        wechat_emulator.miniprogram(tmp_path, servers={})
