"""Ids have WeChat's shapes, and are a pure function of the seed and what they name."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.world.ids import Ids
from tests.support import APPID, NOON_UNIX, OTHER_APPID

SHAPES: list[tuple[str, Callable[[Ids, int], str], str]] = [
    ("login code", lambda ids, n: ids.code(n), r"0[0-9A-Za-z]{31}"),
    ("session_key", lambda ids, n: ids.session_key(n), r"[0-9A-Za-z+/]{22}=="),
    ("access_token", lambda ids, n: ids.token(n), r"\d\d_[\w-]{133}"),
    ("rid", lambda ids, n: ids.rid(n, NOON_UNIX), r"6955f140-[0-9a-f]{8}-[0-9a-f]{8}"),
    ("req_id", lambda ids, n: ids.request_id(n), r"[\w-]{12,16}"),
    ("phone code", lambda ids, n: ids.phone_code(n), r"[0-9a-f]{64}"),
    ("iv", lambda ids, n: ids.iv(n).hex(), r"[0-9a-f]{32}"),
    ("cloudID", lambda ids, n: ids.cloud_id(n), r"89_[\w-]{43}"),
    ("encrypt_key", lambda ids, n: " ".join(ids.encrypt_key(n)), r"[\w+/]{22}== [0-9a-f]{16}"),
]


@pytest.mark.parametrize(("name", "make", "shape"), SHAPES, ids=[each[0] for each in SHAPES])
def test_shape_and_uniqueness(name: str, make: Callable[[Ids, int], str], shape: str) -> None:
    made = [make(Ids(seed, world), n) for seed in (0, 1) for world in ("a", "b") for n in range(9)]
    assert all(re.fullmatch(shape, each) for each in made)
    assert len(set(made)) == len(made)
    assert [make(Ids(0, "a"), n) for n in range(9)] == made[:9]


@settings(deadline=None)
@given(st.integers(), st.text(min_size=1), st.text(min_size=1))
def test_openids_have_their_shape_whatever_the_name(seed: int, one: str, other: str) -> None:
    ids = Ids(seed, "a")
    openids = {ids.openid(APPID, one), ids.openid(APPID, other)}
    assert all(re.fullmatch(r"o[\w-]{27}", each) for each in openids)
    assert len({each[:6] for each in openids}) == 1, "the first six are the app's"
    assert len(openids) == len({one, other})


def test_openids_depend_on_the_seed_and_the_app_but_not_on_the_world() -> None:
    assert Ids(0, "a").openid(APPID, "alice") == Ids(0, "b").openid(APPID, "alice")
    others = [Ids(1, "a").openid(APPID, "alice"), Ids(0, "a").openid(OTHER_APPID, "alice")]
    assert Ids(0, "a").openid(APPID, "alice") not in others


OF_SEED_0: dict[str, tuple[Callable[[Ids], object], object]] = {
    "openid": (lambda ids: ids.openid(APPID, "alice"), "oIpSbZK8NJ1YVGhqRwf057kDSqk1"),
    "unionid": (lambda ids: ids.unionid("acme", "alice"), "o1O-xS6_NGaz3OMILN5Pkf6U4HB8"),
    "openpid": (lambda ids: ids.openpid(APPID, "alice"), "GKkOgaCrgu4CCDD2V6J23C37jlj5"),
    "openGId": (lambda ids: ids.group("football"), "Gv5BhItqIfXAdCBX3zoAMA6wvQ_P"),
    "phone": (
        lambda ids: [ids.phone(user) for user in ("alice", "bob")],
        ["13844201252", "13813683081"],
    ),
    "steps": (lambda ids: [ids.steps("alice", day) for day in range(3)], [18189, 12570, 1347]),
    "code": (lambda ids: ids.code(0), "03LpMNlxgTQUcShSnNEjr7ZrJTqmJJvV"),
    "phone code": (lambda ids: ids.phone_code(0)[:32], "bb0b3b5c46d17a396da4fdb7c9fd97d6"),
    "session_key": (lambda ids: ids.session_key(0), "DdDL/d4KQ2BmyZmUerjSAg=="),
    "iv": (lambda ids: ids.iv(0).hex(), "ca56585f0966d569c78c74cafb906742"),
    "encrypt_key": (
        lambda ids: ids.encrypt_key(0),
        ("8nYCxmJfWAihhjEvFL2biA==", "c0785879d7403e96"),
    ),
    "cloudID": (lambda ids: ids.cloud_id(0), "89_p0YntuPsyXGUP9QpTZAqq57t64UqB4clL8PYv49if-A"),
    "token": (lambda ids: ids.token(0)[:24], "89_tOri5TsvDkrfmylnmdK5A"),
    "its end": (lambda ids: ids.token(0)[-13:], "pKGuAj3fh3gbA"),
    "stable_token": (lambda ids: ids.token(0, "stable_token")[:24], "89_TOCelcFc-OxY_9YzKTB_P"),
    "rid": (lambda ids: ids.rid(0, NOON_UNIX), "6955f140-ef8d0f39-740c716c"),
    "req_id": (lambda ids: ids.request_id(0), "3HzGeCcIh7A114"),
    "number": (lambda ids: ids.number("x", 0) % 1_000_000, 500510),
    "random": (lambda ids: ids.random("x", 0).random(), 0.49872796540531394),
    "chance": (lambda ids: ids.chance("rule", 0), 0.5520022075909459),
}


@pytest.mark.parametrize(("make", "known"), OF_SEED_0.values(), ids=OF_SEED_0)
def test_what_tests_may_write_down(make: Callable[[Ids], object], known: object) -> None:
    """Changing one of these breaks the tests of everybody who did."""
    assert make(Ids(0, "default")) == known


def test_chance_is_even_and_repeats() -> None:
    ids = Ids(0, "a")
    throws = [ids.chance("rule", n) for n in range(1000)]
    assert all(0 <= each < 1 for each in throws)
    assert 450 < sum(each < 0.5 for each in throws) < 550
    assert throws[:3] == [Ids(0, "a").chance("rule", n) for n in range(3)]
    assert ids.random("x", 1).random() == Ids(0, "a").random("x", 1).random()


NAMED: dict[str, Callable[[Ids, str, int], object]] = {
    "openid": lambda ids, name, n: ids.openid(f"wx{n}", name),
    "unionid": lambda ids, name, n: ids.unionid(f"acme{n}", name),
    "openpid": lambda ids, name, n: ids.openpid(f"wx{n}", name),
    "group": lambda ids, name, n: ids.group(f"{name}{n}"),
    "phone": lambda ids, name, n: ids.phone(f"{name}{n}"),
    "steps": lambda ids, name, n: ids.steps(name, n),
}


@pytest.mark.parametrize("make", NAMED.values(), ids=NAMED)
def test_a_name_s_id_depends_on_all_of_it_and_the_seed(
    make: Callable[[Ids, str, int], object],
) -> None:
    here, there = [
        [make(Ids(seed, world), name, n) for seed in (0, 1) for name in ("a", "b") for n in (0, 1)]
        for world in ("here", "there")
    ]
    assert len(set(here)) == 8
    assert here == there, "people are the same everywhere"
