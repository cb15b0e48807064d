"""Nothing secret is shown, however a client writes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import process_time
from urllib.parse import quote

import pytest

from emulator.core import masking
from emulator.http.call_log import short_code
from emulator.world.journal import cut
from tests.support import APPID, SECRET, Harness, jscode2session

KEY = "ti+htNczf5/6AKRyjwEUhQ=="
TOKEN = "89_" + "aB-_x9" * 22 + "Z"
WORD = "correct-horse"
KINDS = {"secret": SECRET, "session_key": KEY, "access_token": TOKEN}

NAMED = [
    (f"secret={SECRET}", "secret=****cdef"),
    (f"a=1&secret={SECRET}&b=2", "a=1&secret=****cdef&b=2"),
    (f"secret={SECRET}&secret={SECRET}", "secret=****cdef&secret=****cdef"),
    (f"amp;secret={SECRET}", "amp;secret=****cdef"),
    ("AppSecret=correct-horse", "AppSecret=****orse"),
    (f"secr%65t={SECRET}", "secr%65t=****cdef"),
    (f"secert={SECRET}", "secert=****cdef"),
    ("session%5Fkey=EFAB+cd==", "session%5Fkey=****"),
    ("secret=short", "secret=****"),
    ("secret=", "secret=****"),
    ("secret=****cdef", "secret=****cdef"),
    (f"appid={SECRET}&secret={APPID}", "appid=****cdef&secret=****cdef"),
    ("a=b=c&=&d", "a=b=c&=&d"),
    ("url=https%3A%2F%2Fx%3Fsecret%3Dcorrect-horse%26b%3D1",
     "url=https%3A%2F%2Fx%3Fsecret%3D****orse%26b%3D1"),
    ('{"secret": "correct-horse", "b": 1}', '{"secret": "****orse", "b": 1}'),
    ('{"secret": "correct-horse', '{"secret": "****orse'),
    ('{"secret": "correct\\"horse"}', '{"secret": "****orse"}'),
    ('{"secret": ["correct-horse"]}', '{"secret": [****orse]}'),
    ('{"phoneNumber":13812345678}', '{"phoneNumber":****5678}'),
    (r'"{\"session_key\": \"correct-horse\"}"', r'"{\"session_key\": \"****orse\"}"'),
    ("{'app_secret': 'correct-horse'}", "{'app_secret': '****orse'}"),
    ("<xml><AppSecret>correct-horse</AppSecret>\n<b>1</b></xml>",
     "<xml><AppSecret>****orse</AppSecret>\n<b>1</b></xml>"),
    ("<secret><![CDATA[correct-horse]]></secret>", "<secret><![CDATA[****orse]]></secret>"),
    ('form-data; name="secret"\r\nContent-Type: x\r\n\r\ncorrect-horse\r\n--',
     'form-data; name="secret"\r\nContent-Type: x\r\n\r\n****orse\r\n--'),
]  # fmt: skip


@pytest.mark.parametrize(("written", "shown"), NAMED)
def test_a_secret_is_known_by_its_name(written: str, shown: str) -> None:
    assert masking.text(written) == shown
    assert masking.body(written.encode()) == shown


WRITTEN: dict[str, Callable[[str], str]] = {
    "alone": str,
    "in a path": lambda secret: f"/sns/{secret}/x",
    "as grant_type": lambda secret: f"grant_type={secret}",
    "as openid": lambda secret: f"openid={quote(secret)}&b=1",
    "as js_code": lambda secret: f"js_code={quote(secret, safe='')}",
    "in quotes": lambda secret: f"you sent {secret!r}",
    "in quotes in a query": lambda secret: quote(json.dumps({"a": secret})),
    "in a query in a query": lambda secret: quote(quote(f'"{secret}"')),
    "in JSON": lambda secret: json.dumps({"x": secret}),
    "in JSON cut off": lambda secret: '{"x": "' + secret,
    "with slashes escaped": lambda secret: json.dumps({"x": secret}).replace("/", r"\/"),
    "with signs escaped": lambda secret: (
        json.dumps([secret]).replace("=", r"\u003d").replace("+", r"\u002b")
    ),
    "in JSON in JSON": lambda secret: json.dumps(json.dumps(["\n" + secret])),
    "for URLs": lambda secret: secret.replace("+", "-").replace("/", "_"),
    "in XML": lambda secret: f"<x>{secret}</x>",
    "in multipart": lambda secret: f'name="x"\r\n\r\n{secret}\r\n--',
    "after a word": lambda secret: f"Bearer {secret}, and more",
    "in YAML": lambda secret: f"- {{x: {secret}}}  # {secret}",
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("secret", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    "show", [masking.text, masking.sentence, masking.yaml, masking.excerpt, masking.values]
)
def test_a_secret_is_known_by_its_shape(
    show: Callable[[str], str], secret: str, write: Callable[[str], str]
) -> None:
    shown = show(write(secret))
    assert "****" + secret[-4:] in shown
    assert secret[1:12] not in shown


NO_SECRETS = [
    f"js_code=0a1AliceKnownCode000000000000000&appid={APPID}",
    "openid=oGZUI0egBJY1zhBYw2KhdUfwVJJE&unionid=ocMvos6NjeKLIBqg5Mr9QjxrP1FA",
    "invalid code, rid: 6596d9f3-0a1b2c3d-4e5f6a7b",
    "code=" + "0123456789abcdef" * 4,  # a phone code
    "signature=" + "ab" * 20,
    "89_" + "aB-" * 14 + "x",  # a cloudID
    "ciphertext=" + "A1b2" * 16 + "==",
    "=" * 24,
]


@pytest.mark.parametrize("text", NO_SECRETS)
def test_what_is_no_secret_is_whole(text: str) -> None:
    assert masking.text(text) == text


def test_a_declared_secret_without_a_shape_is_found_by_its_words() -> None:
    words = masking.words_of((WORD, SECRET, "short", "", "two words/longer"))
    assert words == {WORD, "longer"}
    assert masking.text(f"/x/{WORD} %22{WORD}%22 not-{WORD}", words) == (
        f"/x/****orse ****orse not-{WORD}"
    )
    assert masking.sentence(f"you sent '{WORD}'", words) == "you sent '****orse'"


def test_a_sentence_may_speak_of_tokens() -> None:
    said = "this world never issued the token: fetch it, you sent 'secret=', not 'secret': 5"
    assert masking.sentence(said) == said


def test_what_a_sentence_quotes_is_masked_before_it_is_cut() -> None:
    assert masking.quoted(f"x{TOKEN}"[1:], 40) == f"'****{TOKEN[-4:]}'"
    assert masking.quoted("x" * 100, 30) == "'xxxxxx…'"
    assert masking.quoted(f"one two {WORD}", 20) == "'one two correc…'"
    assert masking.quoted("as long as it may be", 20) == "'as long as it may be'"


def test_a_body_is_cut_between_words() -> None:
    assert cut(b'{"x": "' + SECRET.encode() + b'"}', 20) == b'{"x": "'
    assert cut(b"short", 20) == b"short"


def test_a_scenario_stays_yaml_and_an_excerpt_keeps_its_columns() -> None:
    line = f"{{appid: {APPID}, secret: {WORD}, platforms: {{{APPID}: '{WORD}'}}}}  # {SECRET}"
    assert masking.yaml(line) == (
        f"{{appid: {APPID}, secret: \"****orse\", platforms: {{{APPID}: '****orse'}}}}"
        '  # "****cdef"'
    )
    assert len(masking.excerpt(line)) == len(line)
    assert WORD not in masking.excerpt(line)


@pytest.mark.parametrize("line", ["token_overlap: 5m", "on: token", f"{APPID}: o{'x' * 27}"])
def test_a_scenarios_other_words_are_whole(line: str) -> None:
    assert masking.yaml(line) == line


def test_values_are_masked_by_their_keys_and_their_shapes() -> None:
    data = {"secret": WORD, "platforms": {APPID: WORD}, "token": 5, "n": [f"a {SECRET}", None]}
    assert masking.values(data) == {
        "secret": "****orse",
        "platforms": {APPID: "****orse"},
        "token": 5,
        "n": ["a ****cdef", None],
    }


@pytest.mark.parametrize(
    ("code", "shown"),
    [("0a1b2c3d4e5f", "0a1b2c…"), ("0a1", "0a1"), (SECRET, "****cdef"), (KEY, "****hQ==")],
)
def test_a_code_is_short_in_the_log(code: str, shown: str) -> None:
    assert short_code(code) == shown


async def test_a_secret_in_the_appids_place_is_shown_nowhere(emulator: Harness) -> None:
    async with emulator.http.get(
        emulator.url + jscode2session(appid=SECRET, secret=APPID)
    ) as response:
        hint = response.headers["X-Emulator-Hint"]
    assert "you sent the secret (or what looks like it, ****cdef)" in hint
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert entry["appid"] == "****cdef"
    assert SECRET not in str(entry)


async def test_a_secret_of_the_wrong_type_is_not_quoted(emulator: Harness) -> None:
    body = {"appid": APPID, "grant_type": "client_credential", "secret": [SECRET]}
    assert (await emulator.post("/cgi-bin/stable_token", body))["errcode"] == 41004
    (entry,) = (await emulator.control("GET", "requests"))["requests"]
    assert SECRET not in str(entry)
    assert entry["hint"] == "'secret' must be text that is not empty, you sent a list"


def test_many_blanks_after_a_name_take_no_time() -> None:
    begin = process_time()
    assert masking.body(b'"secret":' + b" " * 65_000) == '"secret":' + " " * 65_000
    assert process_time() - begin < 1
