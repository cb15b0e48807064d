"""Secrets and addresses of apps."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from emulator.core.call import Call, Reply
from emulator.core.entities import App
from emulator.gateway import Gateway
from emulator.wechat import apps
from emulator.wechat.apps import check_address, check_secret
from emulator.wechat.endpoints import load
from emulator.wechat.errors import WeChatError
from tests.support import APPID, SECRET, Harness

ADDRESSES = [
    ("10.1.2.3", ("10.0.0.0/8",), True),
    ("11.1.2.3", ("10.0.0.0/8", "11.1.2.3"), True),
    ("::ffff:10.1.2.3", ("10.1.2.3",), True),
    ("2001:db8::7", ("2001:db8::/32",), True),
    ("::1", ("127.0.0.1",), False),
    ("127.0.0.1", ("::1",), False),
    ("", ("127.0.0.1",), False),
]


@pytest.mark.parametrize(("peer", "whitelist", "passes"), ADDRESSES)
def test_a_whitelist_takes_addresses_and_networks(
    peer: str, whitelist: tuple[str, ...], passes: bool
) -> None:
    app = App(APPID, secret=SECRET, ip_whitelist=whitelist)
    if passes:
        check_address(app, peer)
    else:
        with pytest.raises(WeChatError) as caught:
            check_address(app, peer)
        assert caught.value.errcode == 40164


@pytest.mark.parametrize(
    ("peer", "text"),
    [
        ("10.1.2.3", "invalid ip 10.1.2.3 ipv6 ::ffff:10.1.2.3, not in whitelist"),
        ("::ffff:10.1.2.3", "invalid ip 10.1.2.3 ipv6 ::ffff:10.1.2.3, not in whitelist"),
        ("2001:db8::7", "invalid ip 2001:db8::7 ipv6 2001:db8::7, not in whitelist"),
    ],
)
async def test_40164_names_the_address_in_both_forms(
    emulator: Harness, peer: str, text: str
) -> None:
    world, endpoint = emulator.world(), load()["/sns/jscode2session"]
    world.view.store.put(App(APPID, secret=SECRET, ip_whitelist=("192.0.2.1",)))
    call = Call("GET", endpoint.path, f"appid={APPID}", CIMultiDict(), b"", peer, 0.0)
    reply = await Gateway(world).answer(endpoint, call)
    assert isinstance(reply, Reply)
    assert text.encode() in reply.body


REAL = "9f86d081884c7d659a2feaa0c55ad015"
IN_ROWS = "0123456789abcdeffedcba9876543210"
MADE_UP = [SECRET, "0" * 32, "deadbeef" * 4, IN_ROWS, "secret", REAL[:31]]


@pytest.fixture(autouse=True)
def nothing_warned_about_yet() -> None:
    """A process warns once of each secret, whichever test sent it first."""
    apps._warn_if_real.cache_clear()


@pytest.mark.parametrize("secret", MADE_UP)
def test_a_made_up_secret_is_nobodys_business(
    secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    check_secret(App(APPID), secret)
    assert caplog.text == ""


def test_a_secret_that_looks_real_brings_one_warning_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        check_secret(App(APPID), REAL)
    (record,) = caplog.records
    assert "the secret ****d015, which looks real" in record.getMessage()
    assert REAL not in caplog.text


def test_a_declared_secret_may_look_real(caplog: pytest.LogCaptureFixture) -> None:
    secret = REAL[::-1]
    check_secret(App(APPID, secret=secret), secret)
    assert caplog.text == ""
    with pytest.raises(WeChatError):
        check_secret(App(APPID, secret=SECRET), secret)
    assert "looks real" in caplog.text


def hint(sent: str) -> str:
    with pytest.raises(WeChatError) as caught:
        check_secret(App(APPID, secret=SECRET), sent)
    return caught.value.hint


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (f" {SECRET}\n", "you sent the same with blanks around it"),
        (f"'{SECRET}'", "you sent the same in quotes"),
        (SECRET.upper(), "you sent the same in upper case"),
        (f"\ufeff{SECRET}", "you sent the same with invisible characters in it"),
        ("null", "you sent no secret: 'null' is JavaScript's word for no value"),
        ("f" * 28 + "cdef", "both have 32 characters and end alike, but they differ before"),
        ("f" * 28 + "\u200bcdef", "(33 characters, not 32; it holds U+200B)"),
    ],
)
def test_a_hint_says_what_happened_to_a_secret(sent: str, told: str) -> None:
    assert told in hint(sent)
    assert SECRET[:20] not in hint(sent).lower()


def test_a_hint_says_when_a_secret_was_cut() -> None:
    with pytest.raises(WeChatError) as caught:
        check_secret(App(APPID, secret=SECRET), SECRET[:-1])
    assert caught.value.hint == (
        f"the secret of {APPID} is ****cdef, you sent ****bcde (31 characters, not 32)"
    )
