"""The bytes of jscode2session on a frozen clock: wire.md's table, one row per errcode."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from tests.support import (
    APPID,
    NOON_DATE,
    NOON_RID,
    OTHER_APPID,
    SECRET,
    Harness,
    jscode2session,
    request,
)

WRONG_SECRET = "f" * 32
RID = rf", rid: {NOON_RID}-[0-9a-f]{{8}}-[0-9a-f]{{8}}"


@pytest.fixture
async def emulator(emulator: Harness) -> Harness:
    await emulator.control("PUT", f"apps/{APPID}", {"secret": SECRET})
    await emulator.control("PUT", f"apps/{OTHER_APPID}", {"secret": SECRET})
    await emulator.freeze()
    return emulator


def answer(body: bytes, hint: bytes = b"") -> bytes:
    """What WeChat sends, header by header; only the hint is ours."""
    lines = [
        b"HTTP/1.1 200 OK",
        b"Connection: close",
        b"Content-Type: text/plain",
        b"Date: " + NOON_DATE.encode(),
        b"Content-Length: %d" % len(body),
    ]
    if hint:
        lines.append(b"X-Emulator-Hint: " + hint)
    return b"\r\n".join([*lines, b"", body])


def body_of(response: bytes) -> bytes:
    return response.partition(b"\r\n\r\n")[2]


def hint_of(response: bytes) -> bytes:
    match = re.search(rb"X-Emulator-Hint: (.*)\r\n", response)
    return match[1] if match else b""


async def test_success_byte_for_byte(emulator: Harness) -> None:
    code = await emulator.login()
    response = await emulator.send(request(jscode2session(js_code=code)))
    body = (
        rb'{"session_key":"DdDL\/d4KQ2BmyZmUerjSAg==",'
        rb'"openid":"oIpSbZK8NJ1YVGhqRwf057kDSqk1"}'
    )
    assert response == answer(body)


ERRORS = [
    # what is changed of a good call, errcode, text, what the hint says
    ({"appid": None}, 41002, "appid missing", "the query string has no 'appid'"),
    ({"appid": ""}, 41002, "appid missing", "'appid=' is there but empty"),
    ({"appid": "APPID"}, 40013, "invalid appid", "an appid is 'wx' and 16 lowercase hex digits"),
    (
        {"appid": f'"{APPID}"'},
        40013,
        "invalid appid",
        f"an appid in quotes; did you mean '{APPID}'?",
    ),
    ({"appid": APPID.upper()}, 40013, "invalid appid", f"did you mean '{APPID}'?"),
    ({"appid": "wx" + "0" * 16}, 40013, "invalid appid", "is not declared in world 'default'"),
    ({"secret": None}, 41004, "appsecret missing", "the query string has no 'secret'"),
    ({"secret": ""}, 41004, "appsecret missing", "'secret=' is there but empty"),
    ({"js_code": None}, 41008, "missing code", "the query string has no 'js_code'"),
    ({"js_code": ""}, 41008, "missing code", "'js_code=' is there but empty"),
    ({"grant_type": "client_credential"}, 40002, "invalid grant_type", "'authorization_code'"),
    ({"js_code": "0" * 32}, 40029, "invalid code", "this world never issued it"),
    ({"js_code": "the code is a mock one"}, 40029, "invalid code", "the devtools gave a mock"),
    ({"js_code": "0a b"}, 40029, "invalid code", "you sent '0a b': this world never"),
    ({"js_code": "undefined"}, 40029, "invalid code", "'undefined' is JavaScript's word for"),
    ({"appid": OTHER_APPID}, 40029, "invalid code", f"the code was made for {APPID}"),
    ({"secret": WRONG_SECRET}, 40125, "invalid appsecret", "is ****cdef, you sent ****ffff"),
]


@pytest.mark.parametrize(("changed", "errcode", "text", "hint"), ERRORS)
async def test_errors_byte_for_byte(
    emulator: Harness, changed: dict[str, str | None], errcode: int, text: str, hint: str
) -> None:
    params = {"js_code": await emulator.login()} | changed
    response = await emulator.send(request(jscode2session(**params)))
    assert response == answer(body_of(response), hint_of(response))
    expected = rf'\{{"errcode":{errcode},"errmsg":"{re.escape(text)}{RID}"\}}'
    assert re.fullmatch(expected, body_of(response).decode())
    assert hint in hint_of(response).decode()


async def test_a_used_code_is_40163(emulator: Harness) -> None:
    target = jscode2session(js_code=await emulator.login())
    await emulator.send(request(target))
    await emulator.advance("7s")
    response = await emulator.send(request(target))
    assert re.fullmatch(
        rb'\{"errcode":40163,"errmsg":"code been used, rid: [-0-9a-f]{26}"\}', body_of(response)
    )
    assert hint_of(response) == b"this code was exchanged 7 s ago; each code works once"


@pytest.mark.parametrize(("after", "errcode"), [("299s", None), ("300s", 40029), ("900s", 40029)])
async def test_a_code_lives_300_seconds(emulator: Harness, after: str, errcode: int | None) -> None:
    code = await emulator.login()
    await emulator.advance(after)
    assert (await emulator.exchange(code)).get("errcode") == errcode


async def test_the_hint_says_when_a_code_ended(emulator: Harness) -> None:
    code = await emulator.login(age="5m12s")
    response = await emulator.send(request(jscode2session(js_code=code)))
    assert hint_of(response) == b"the code ended 12 s ago (codes live 300 s)"


@pytest.mark.parametrize(
    ("whitelist", "errcode"),
    [([], None), (["127.0.0.1"], None), (["127.0.0.0/8"], None), (["10.0.0.1"], 40164)],
)
async def test_an_address_off_the_whitelist_is_40164(
    emulator: Harness, whitelist: list[str], errcode: int | None
) -> None:
    app = {"secret": SECRET, "ip_whitelist": whitelist}
    await emulator.control("PUT", f"apps/{APPID}", app)
    response = await emulator.send(request(jscode2session(js_code=await emulator.login())))
    if errcode is None:
        assert b"session_key" in response
        return
    text = r"invalid ip 127\.0\.0\.1 ipv6 ::ffff:127\.0\.0\.1, not in whitelist"
    assert re.fullmatch(
        rf'\{{"errcode":40164,"errmsg":"{text}{RID}"\}}', body_of(response).decode()
    )
    assert b"call came from 127.0.0.1; ip_whitelist" in hint_of(response)


PATHS = [
    ("/sns/jsCode2Session", "paths are case-sensitive: WeChat's is '/sns/jscode2session'"),
    ("/SNS/jscode2session", "paths are case-sensitive"),
    ("/sns/jscode2session/", "without the slash at the end"),
    ("//sns/jscode2session", "has a double slash"),
    ("/sns/jscode2sesion", "did you mean '/sns/jscode2session'?"),
    ("/sns/", "nothing is at '/sns/'"),
]


@pytest.mark.parametrize(("path", "hint"), PATHS)
async def test_any_other_path_is_40066(emulator: Harness, path: str, hint: str) -> None:
    response = await emulator.send(request(path))
    assert response == answer(body_of(response), hint_of(response))
    assert re.fullmatch(
        rf'\{{"errcode":40066,"errmsg":"invalid url{RID}"\}}', body_of(response).decode()
    )
    assert hint in hint_of(response).decode()


async def test_a_slash_is_escaped(emulator: Harness) -> None:
    bodies = [await emulator.send(request(jscode2session(js_code=await emulator.login())))
              for _ in range(20)]  # fmt: skip
    text = b"".join(map(body_of, bodies))
    assert rb"\/" in text
    assert not re.search(rb"[^\\]/", text)


async def test_unknown_parameters_are_ignored(emulator: Harness) -> None:
    target = jscode2session(js_code=await emulator.login())
    response = await emulator.send(request(target + "&access_token=1&connect_redirect=1&=&&x"))
    assert b"session_key" in response


async def test_grant_type_may_be_absent_or_empty(emulator: Harness) -> None:
    for grant_type in (None, ""):
        assert "openid" in await emulator.exchange(await emulator.login(), grant_type=grant_type)


async def test_a_post_with_its_parameters_in_the_query_works(emulator: Harness) -> None:
    target = jscode2session(js_code=await emulator.login())
    assert b"session_key" in await emulator.send(request(target, "POST", body=b"{}"))


BODIES = [
    ("application/json", b'{"appid":"wx0123456789abcdef"}'),
    ("application/x-www-form-urlencoded", urlencode({"appid": APPID}).encode()),
]


@pytest.mark.parametrize(("content_type", "body"), BODIES)
async def test_a_post_body_is_not_read(emulator: Harness, content_type: str, body: bytes) -> None:
    sent = request("/sns/jscode2session", "POST", f"Content-Type: {content_type}", body=body)
    response = await emulator.send(sent)
    assert b'{"errcode":41002,"errmsg":"appid missing, rid: ' in response
    assert b"'appid' is in the request body" in hint_of(response)


async def test_a_chunked_post_is_answered_as_any(emulator: Harness) -> None:
    target = jscode2session(js_code=await emulator.login())
    head = request(target, "POST", "Transfer-Encoding: chunked")
    assert b"session_key" in await emulator.send(head, b"3\r\nabc\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("code=1", "you sent 'code=', WeChat reads 'js_code='"),
        ("jscode=1", "you sent 'jscode=', WeChat reads 'js_code='"),
        ("amp;js_code=1", "it was HTML-escaped"),
        ("js_code=", "'js_code=' is there but empty"),
    ],
)
async def test_a_misspelt_parameter_gets_its_hint(emulator: Harness, query: str, hint: str) -> None:
    target = f"/sns/jscode2session?appid={APPID}&secret={SECRET}&{query}"
    assert hint in hint_of(await emulator.send(request(target))).decode()


async def test_of_a_repeated_parameter_the_first_counts(emulator: Harness) -> None:
    target = jscode2session(js_code=await emulator.login())
    assert b"session_key" in await emulator.send(request(target + "&appid=other"))


async def test_head_gives_the_headers_alone(emulator: Harness) -> None:
    response = await emulator.send(request("/sns/jscode2session", "HEAD"))
    assert response.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 75\r\n" in response
    assert body_of(response) == b""


async def test_a_connection_stays_open(emulator: Harness) -> None:
    target = jscode2session(js_code=await emulator.login())
    first = f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    response = await emulator.send(first, request(target))
    assert b"Connection: keep-alive\r\n" in response.partition(b"session_key")[0]
    assert response.count(b"HTTP/1.1 200 OK") == 2
    assert response.endswith(b'"}')


async def test_http_1_0_is_answered_and_closed(emulator: Harness) -> None:
    response = await emulator.send(b"GET /sns/jscode2session HTTP/1.0\r\n\r\n")
    assert b"Connection: close\r\n" in response
    assert b"41002" in response


async def test_pipelined_calls_are_answered_in_order(emulator: Harness) -> None:
    call = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"
    targets = [b"/sns/jscode2session", b"/sns/a", b"/cgi-bin/b"]
    response = await emulator.send(*(call % target for target in targets), request("/sns/c"))
    found = re.findall(rb'errcode":(\d+),"errmsg":"[a-z ]+(,?) rid', response)
    assert found == [(b"41002", b","), (b"40066", b","), (b"40066", b""), (b"40066", b",")]


BROKEN = [
    # In the order of the checks: each call also has every later mistake.
    ("appid", None, 41002),
    ("appid", "wx", 40013),
    ("secret", None, 41004),
    ("js_code", None, 41008),
    ("grant_type", "x", 40002),
    ("js_code", "unknown", 40029),
    ("secret", WRONG_SECRET, 40125),
]


@pytest.mark.parametrize("check", range(len(BROKEN)))
async def test_checks_come_in_wechats_order(emulator: Harness, check: int) -> None:
    params: dict[str, str | None] = {"js_code": await emulator.login()}
    for name, value, _ in reversed(BROKEN[check:]):
        params[name] = value
    answer = await emulator.get(jscode2session(**params))
    assert answer["errcode"] == BROKEN[check][2]


async def test_no_two_errors_have_the_same_rid(emulator: Harness) -> None:
    errmsgs = {(await emulator.get("/sns/jscode2session"))["errmsg"] for _ in range(3)}
    assert len(errmsgs) == 3
