"""Codes without HTTP: what each kind is refused with, and what the developer is told."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from emulator.core.call import Call
from emulator.core.duration import Duration
from emulator.core.entities import App, Code
from emulator.core.settings import Settings
from emulator.wechat import codes
from emulator.wechat.errors import WeChatError
from emulator.wechat.scripted_codes import CodeCarriesEffects
from emulator.world.world import WorldView
from emulator.worlds import Worlds
from tests.support import APPID, NOON_UNIX, OTHER_APPID

KINDS = {
    # unknown, ended or of another kind; used; made for another app
    "login": (40029, 40163, 40029),
    "phone": (40029, 40029, 40013),
    "plugin": (1007, 1007, 1007),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def world() -> WorldView:
    return asyncio.run(Worlds(Settings()).open()).world.view


def mint(world: WorldView, kind: str, appid: str = APPID) -> Code:
    return codes.mint(world, appid, "alice", NOON_UNIX, kind=kind)


def refusal(
    world: WorldView, text: str, kind: str = "login", after: float = 0, appid: str = APPID
) -> tuple[int, str]:
    """The errcode and the hint of a call so many seconds after noon."""
    call = Call("GET", "/x", "", {}, b"", "127.0.0.1", NOON_UNIX + after)
    with pytest.raises(WeChatError) as caught:
        codes.live_code(world, App(appid), text, call, kind)
    return caught.value.errcode, caught.value.hint


@every_kind
def test_a_used_code_tells_when_it_was_exchanged(world: WorldView, kind: str) -> None:
    code = mint(world, kind)
    codes.spend(world, code, NOON_UNIX + 10)
    assert refusal(world, code.code, kind, after=17) == (
        KINDS[kind][1],
        "this code was exchanged 7 s ago; each code works once",
    )


@every_kind
def test_an_ended_code_tells_since_when(world: WorldView, kind: str) -> None:
    code = mint(world, kind)
    assert refusal(world, code.code, kind, after=312) == (
        KINDS[kind][0],
        "the code ended 12 s ago (codes live 300 s)",
    )


@every_kind
def test_a_code_of_another_app_tells_both(world: WorldView, kind: str) -> None:
    code = mint(world, kind)
    assert refusal(world, code.code, kind, appid=OTHER_APPID) == (
        KINDS[kind][2],
        f"the code was made for {APPID}, the call came with {OTHER_APPID}: "
        f"ask for a code with appid {OTHER_APPID}",
    )


@every_kind
def test_a_code_of_another_kind_is_as_good_as_none(world: WorldView, kind: str) -> None:
    for other in KINDS.keys() - {kind}:
        code = mint(world, other)
        assert refusal(world, code.code, kind) == (
            KINDS[kind][0],
            f"this is a {other} code, a {kind} code is wanted here",
        )


UNKNOWN = "you sent 'x': this world never issued it (or it ended long ago); get one with "
TOLD = [
    ("login", "x", UNKNOWN + "POST /_emulator/v1/wx/login or `wechat-emulator login`"),
    ("phone", "x", UNKNOWN + "POST /_emulator/v1/wx/getPhoneNumber"),
    ("plugin", "x", UNKNOWN + "POST /_emulator/v1/wx/pluginLogin"),
    ("login", codes.MOCK, "the devtools gave a mock code: open the project with a real appid"),
]


@pytest.mark.parametrize(("kind", "text", "hint"), TOLD)
def test_an_unknown_code_tells_where_to_get_one(
    world: WorldView, kind: str, text: str, hint: str
) -> None:
    assert refusal(world, text, kind) == (KINDS[kind][0], hint)


def test_a_code_is_ended_by_a_newer_login_at_that_moment(world: WorldView) -> None:
    world.behaviour = replace(world.behaviour, login_kills_older_code=True)
    older = mint(world, "login")
    codes.mint(world, APPID, "alice", NOON_UNIX + 60)
    assert refusal(world, older.code, after=72) == (
        40029,
        "the code ended 12 s ago (a newer wx.login ended it: behaviour.login_kills_older_code)",
    )


def test_a_newer_login_of_a_certain_age_ended_the_older_one_when_it_was_made(
    world: WorldView,
) -> None:
    world.behaviour = replace(world.behaviour, login_kills_older_code=True)
    older = mint(world, "login")
    codes.mint(world, APPID, "alice", NOON_UNIX + 60, age=20)
    assert refusal(world, older.code, after=60)[1].startswith("the code ended 20 s ago")


@pytest.mark.parametrize(
    ("damaged", "how"),
    [
        (" {}", "with blanks around it"),
        ("{}\r\n", "with blanks around it"),
        ("\u200b{}", "with invisible characters in it"),
        ('"{}"', "in quotes"),
        ("%22{}%22", "URL-encoded and in quotes"),
        ("%2520{}", "URL-encoded twice and with blanks around it"),
        ('\\"{}\\"', "escaped with backslashes and in quotes"),
    ],
)
@every_kind
def test_a_damaged_code_is_known_again(world: WorldView, kind: str, damaged: str, how: str) -> None:
    text = damaged.format(mint(world, kind).code)
    told = f": this is a code of this world {how}; send it as the phone gave it"
    assert refusal(world, text, kind)[1].endswith(told)


def test_a_code_in_another_case_is_known_again(world: WorldView) -> None:
    login, phone = mint(world, "login").code, mint(world, "phone").code
    sent = f"you sent {login.lower()!r}"
    told = "this is a code of this world in lower case; send it as the phone gave it"
    assert refusal(world, login.lower()) == (40029, f"{sent}: {told}")
    assert "in upper case" in refusal(world, phone.upper(), "phone")[1]
    assert "in quotes and in upper case" in refusal(world, '"EMU.ALICE"')[1]


@pytest.mark.parametrize("word", ["undefined", "null", "[object Object]", '"undefined"'])
def test_a_word_for_no_value_is_named_as_such(world: WorldView, word: str) -> None:
    assert f"{word!r} is JavaScript's word for no value" in refusal(world, word)[1]


@every_kind
def test_codes_minted_together_are_like_single_ones(world: WorldView, kind: str) -> None:
    world.behaviour = replace(world.behaviour, code_expires_in=Duration(60))
    one = mint(world, kind)
    (other,) = codes.mint_many(world, APPID, ["alice"], 1, NOON_UNIX, kind)
    assert replace(other, code=one.code) == one
    assert len(other.code) == len(one.code)
    assert other.code != one.code
    assert world.store.get(Code, other.code) == other


def test_a_code_that_carries_effects_says_so_until_they_act(world: WorldView) -> None:
    then = b'{"reset":true}'
    code = codes.mint(world, APPID, "alice", NOON_UNIX, then=then)
    call = Call("GET", "/x", "", {}, b"", "127.0.0.1", NOON_UNIX)
    with pytest.raises(CodeCarriesEffects) as caught:
        codes.live_code(world, App(APPID), code.code, call)
    assert caught.value.then == then
    call.effects_applied = True
    assert codes.live_code(world, App(APPID), code.code, call) == code


def test_a_call_is_about_the_codes_user_also_where_it_is_refused(world: WorldView) -> None:
    code = mint(world, "login")
    codes.spend(world, code, NOON_UNIX)
    call = Call("GET", "/x", "", {}, b"", "127.0.0.1", NOON_UNIX)
    with pytest.raises(WeChatError):
        codes.live_code(world, App(APPID), code.code, call)
    assert call.user == "alice"


def test_a_code_is_a_login_s_where_no_kind_is_named(world: WorldView) -> None:
    (one,) = codes.mint_many(world, APPID, ["alice"], 1, NOON_UNIX)
    other = codes.mint(world, APPID, "alice", NOON_UNIX)
    assert one.kind == other.kind == "login"


def test_a_code_for_any_app_is_of_no_openid_yet(world: WorldView) -> None:
    assert mint(world, "login", codes.ANY_APP).openid == ""
    assert mint(world, "login").openid == world.ids.openid(APPID, "alice")
