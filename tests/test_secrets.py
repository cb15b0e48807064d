"""A secret is planted in every field of every kind of request, and looked for in all we show."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from msgspec import json

from emulator.http.call_log import Notes
from emulator.scenario.loading import Source, load
from emulator.scenario.report import ScenarioError
from tests.support import APPID, OTHER_APPID, Harness, StartEmulator, request

OWN = "3f1c0a9be84d27561d0f7ac3b2e89457"
WORD = "correct-horse-battery"
SECRETS = {
    "a declared secret": OWN,
    "another secret": "a7d3e05c19f84b62d8c1370be6f92a45",
    "a session_key": "ti+htNczf5/6AKRyjwEUhQ==",
    "an access_token": "89_" + "kQ7-_xZ" * 19,
    "WeChat's access_token": "71_" + "pT4w-9_" * 21 + "abc",
    "a declared secret without a shape": WORD,
}
FIELDS = (
    "appid", "secret", "secert", "js_code", "code", "grant_type", "openid", "access_token",
    "signature", "component_appid", "component_access_token", "amp;secret", "x",
)  # fmt: skip
PATHS = (
    "/sns/jscode2session", "/sns/component/jscode2session", "/cgi-bin/token",
    "/cgi-bin/stable_token", "/wxa/business/getuserphonenumber", "/wxa/checksession",
    "/wxa/getpaidunionid", "/sns/nowhere", "/nowhere",
)  # fmt: skip
CODES = ("emu.{}", "emu.alice.{}", "emu.alice.{}.x", "{}.", "emu." + "x" * 70 + ".{}")
# A minus may be part of a session_key for URLs, of a token and of a word, so there they go on.
GLUED = (
    "emu.alice.errcode-{}", "emu.alice.delay-{}", "emu.alice.session_key-{}", "emu.alice.body-{}",
    "emu.alice.once-{}", "emu.alice.{}-1", "emu." + "x" * 75 + "-{}",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
Part = Callable[[str, str], bytes]

QUERIES: dict[str, Part] = {
    "a query": lambda name, secret: urlencode({name: secret, "appid": APPID}).encode(),
    "a query after the usual": lambda name, secret: urlencode(
        {"appid": APPID, "grant_type": "authorization_code", name: secret}
    ).encode(),
    "a raw query": lambda name, secret: f"{name}={secret}&a".encode(),
    "a name": lambda name, secret: f"{quote(secret)}={name}".encode(),
    "JSON in a query": lambda name, secret: urlencode(
        {"x": json.encode({name: secret}).decode()}
    ).encode(),
    "a broken query": lambda name, secret: f"{name}:{secret};?{quote(secret)}".encode(),
}
BODIES: dict[str, Part] = {
    "a form": lambda name, secret: urlencode({name: secret}).encode(),
    "JSON": lambda name, secret: json.encode({"appid": APPID, name: secret}),
    "a list in JSON": lambda name, secret: json.encode({name: [secret]}),
    "a key in JSON": lambda name, secret: json.encode({secret: name}),
    "JSON cut off": lambda name, secret: json.encode({name: secret})[:-2],
    "JSON in JSON": lambda name, secret: json.encode({"x": json.encode({name: secret}).decode()}),
    "PHP's JSON": lambda name, secret: json.encode({name: secret}).replace(b"/", b"\\/"),
    "multipart": lambda name, secret: (
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{secret}\r\n--b--'.encode()
    ),
    "XML": lambda name, secret: f"<xml><{name}><![CDATA[{secret}]]></{name}></xml>".encode(),
    "text": lambda name, secret: f"{name} is {secret}".encode(),
}


def requests(secret: str) -> Iterator[bytes]:
    """Every path, field and place, as bytes on the wire."""
    for path in PATHS:
        for name in FIELDS:
            for query in QUERIES.values():
                target = f"{path}?" + query(name, secret).decode()
                yield request(target.replace(" ", "%20"))
            for body in BODIES.values():
                yield request(path, "POST", f"Content-Type: {FORM}", body=body(name, secret))
        yield request(f"{path}/{quote(secret)}")
        yield request(f"{path}//{secret}")
        yield request(path, "GET", f"User-Agent: {secret}", f"Referer: /?secret={secret}")
        yield request(f"{path}?x={quote(secret)}", "GET", f"Origin: http://{secret}")
        yield request(f"{path}/{'x' * 85} {quote(secret)}".replace(" ", "%20"))
    for code in (*CODES, *GLUED) if secret.isalnum() else CODES:
        params = {"appid": APPID, "secret": OWN, "grant_type": "authorization_code"}
        params["js_code"] = code.format(secret)
        yield request("/sns/jscode2session?" + urlencode(params))


def parts_of(secret: str) -> list[str]:
    """What must not be read anywhere: every eight characters in a row, but for the last four."""
    kept = secret[:-4]
    return [kept[i : i + 8] for i in range(0, len(kept) - 7, 4)]


def assert_hidden(secret: str, shown: str, where: str) -> None:
    for part in parts_of(secret):
        at = shown.find(part)
        assert at < 0, f"{where} shows {shown[max(0, at - 200) : at + 100]!r}"


async def declare(emulator: Harness) -> None:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": OWN})
    await emulator.control(
        "PUT", f"apps/{OTHER_APPID}", {"secret": WORD, "platforms": {APPID: WORD}}
    )


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
async def test_no_call_shows_a_secret(
    start_emulator: StartEmulator, secret: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = await start_emulator(quiet=False, log=form, journal_entries=10_000)
    await declare(emulator)
    sent = [*requests(secret)] if form == "text" else [*requests(secret)][::7]
    answers = await emulator.send(
        *(each.replace(b"Connection: close\r\n", b"") for each in sent[:-1]), sent[-1]
    )
    heads = b"".join(line for line in answers.splitlines() if line.startswith(b"X-Emulator-Hint"))
    assert answers.count(b"HTTP/1.1 ") == len(sent)
    journal = await emulator.control("GET", "requests")
    await emulator.server.stop()
    assert len(journal["requests"]) == len(sent)
    assert_hidden(secret, heads.decode("latin-1"), "a hint")
    for entry in journal["requests"]:
        assert_hidden(secret, str(entry), "the journal")
    assert_hidden(secret, capsys.readouterr().err, "the log")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("secret", [each for each in SECRETS.values() if each != WORD])
async def test_no_name_of_a_world_shows_a_secret(
    start_emulator: StartEmulator, secret: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = await start_emulator(quiet=False, log=form)
    answers = [
        await emulator.send(request(f"/w/{name}/{path}"))
        for name in (quote(secret, safe=""), "x" * 70 + quote(secret, safe=""))
        for path in ("sns/jscode2session", "nowhere", "_emulator/v1/nowhere")
    ]
    await emulator.server.stop()
    assert_hidden(secret, str(answers), "an answer")
    assert_hidden(secret, capsys.readouterr().err, "the log")


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
async def test_no_head_of_a_control_call_shows_a_secret(
    start_emulator: StartEmulator, secret: str
) -> None:
    emulator = await start_emulator()
    await declare(emulator)
    for line in (
        f"Content-Type: {secret}",
        f"Origin: {secret}",
        f"Origin: {'x' * 90} {secret}",
        f"Host: {secret}.com",
        f"Host: {'x' * 90}.{secret}",
        f"Authorization: {secret}",
    ):
        answer = await emulator.send(
            f"POST /_emulator/v1/reset HTTP/1.1\r\n{line}\r\nConnection: close\r\n\r\n".encode()
        )
        assert answer.startswith(b"HTTP/1.1 4")
        assert_hidden(secret, answer.decode(), "a refusal")


ROUTES: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "apps/{}", {}),
    ("PUT", f"apps/{APPID}", {"secret": ["{}"], "ip_whitelist": ["{}"], "platforms": {"{}": 5}}),
    ("PUT", f"apps/{APPID}", {"{}": "x"}),
    ("PUT", "users/alice", {"phone": "{}", "openids": {"{}": "{}"}, "gender": "{}"}),
    ("DELETE", "apps/{}", {}),
    ("DELETE", "users/{}", {}),
    ("DELETE", "worlds/{}%20", {}),
    ("DELETE", "rules/{}", {}),
    ("POST", "wx/login", {"appid": "{}", "user": "{}", "age": "{}", "then": {"{}": "{}"}}),
    ("POST", "wx/getUserInfo", {"appid": "{}", "user": "{}\n"}),
    ("POST", "codes", {"appid": "{}", "users": ["{}\n"], "count": "{}"}),
    ("POST", "rules", {"on": "{}", "when": {"call": "{}"}, "then": {"session_key": "{}"}}),
    ("POST", "rules", {"on": ["{}"], "sequence": ["{}"], "{}": 1}),
    ("POST", "decrypt", {"session_key": "{}", "iv": "{}", "encryptedData": "{}", "{}": 1}),
    ("POST", "decrypt", {"user": "{}", "appid": "{}", "encryptedData": "{}"}),
    ("PUT", "clock", {"at": "{}", "frozen": "{}"}),
    ("POST", "clock/advance", {"by": "{}"}),
    ("PUT", "state", {"version": 1, "entities": {"{}": [{"{}": "{}"}]}, "seed": "{}"}),
    ("PUT", "scenario", {"version": "{}", "apps": [{"appid": "{}"}], "{}": "{}"}),
    ("POST", "scenario/validate", {"version": 1, "codes": [{"code": "{}.", "user": "{}"}]}),
    ("GET", "requests?endpoint={}", {}),
    ("GET", "requests?{}=1", {}),
    ("GET", "requests?errcode={}", {}),
    ("GET", "requests/wait?timeout={}", {}),
    ("GET", "{}", {}),
    ("GET", "requests/{}", {}),
]


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
async def test_no_refusal_shows_a_secret(
    emulator: Harness, method: str, route: str, body: dict[str, Any], secret: str
) -> None:
    await declare(emulator)
    data = json.encode(body).replace(b"{}", secret.encode())
    for sent in (data, data[:-2]):
        status, problem = await emulator.call_control(
            method, route.replace("{}", quote(secret, safe="")), data=sent, json=None,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        assert 400 <= status < 500
        assert_hidden(secret, str(problem), "a refusal")


PLACES = [
    "version: 1\napps: [{{appid: wx, secret: {0}, nmae: {0}}}]\n",
    "version: 1\napps:\n  - appid: wx  # {0}\n",
    "version: 1\napps: {0}\n",
    "version: 1\napps: [{{appid: {0}}}, {{appid: {0}}}]\n",
    "version: 1\n{0}: x\n",
    "version: 1\nusers: [{{name: a, phone: '{0}', openids: {{{0}: {0}}}}}]\n",
    "version: 1\nrules: [{{on: {0}, then: {{session_key: {0}, {0}: 1}}}}]\n",
    "version: 1\nname: {0}\nname: {0}\n",
    "version: 1\nname: !{0} x\n",
    "version: 1\nname: *{0}\n",
    "version: 1\nname: '{0}\n",
    "version: 1\n{0}:x\n{0}\n",
    "version: 1\nclock: {{at: {0}}}\n",
    "version: {0}\n",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", [each for each in SECRETS.values() if each != WORD])
async def test_no_report_on_a_scenario_shows_a_secret(
    emulator: Harness, secret: str, place: str
) -> None:
    with pytest.raises(ScenarioError) as raised:
        load([Source("x.yaml", place.format(secret).encode())])
    told = [mistake.to_json() for mistake in raised.value.mistakes]
    assert_hidden(secret, f"{raised.value}{told}", "a report")
    status, problem = await emulator.call_control(
        "PUT", "scenario", data=place.format(secret).encode(), json=None,
        headers={"Content-Type": "application/yaml"},
    )  # fmt: skip
    assert status == 422
    assert_hidden(secret, str(problem), "a refusal")


@pytest.mark.parametrize("secret", [each for each in SECRETS.values() if each != WORD])
def test_no_trace_shows_a_secret(secret: str) -> None:
    said: list[str] = []
    try:
        raise KeyError(secret, {"secret": WORD})
    except KeyError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, f"at {secret}", (), sys.exc_info())
    Notes(said.append).handle(record)
    assert "Traceback" in str(said)
    assert_hidden(secret, str(said), "a trace")
    assert_hidden(WORD, str(said), "a trace")
