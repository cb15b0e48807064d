"""Paths: patterns, the nearest one, and what is wrong with one."""

from __future__ import annotations

import pytest

from emulator.core.paths import glob, nearest_path, unknown_path
from emulator.wechat.known_paths import known_paths

ANSWERED = ["/sns/jscode2session", "/cgi-bin/token", "/wxa/business/getuserphonenumber"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/sns//jscode2session", "has a double slash: the base URL must not end with one"),
        ("/sns/jscode2session/", "WeChat's path is '/sns/jscode2session', without the slash"),
        ("/sns/JSCODE2SESSION", "paths are case-sensitive: WeChat's is '/sns/jscode2session'"),
        ("/sns/jscode2sesion", "did you mean '/sns/jscode2session'?"),
        ("/sns/jscode2session&secret=0123456789abcdef", "secret=****cdef"),
        ("/wxa/zzz", "nothing is at '/wxa/zzz', nor is it known to be WeChat's; if it is, d"),
        ("/wxa/getshowwxaitem", "WeChat has '/wxa/getshowwxaitem', this emulator does not answer"),
        ("/wxa/getshowwxaitem", "it yet: declare it under `endpoints:` in the scenario"),
        ("/wxa/getShowWxaItem", "paths are case-sensitive: WeChat's is '/wxa/getshowwxaitem'"),
    ],
)
def test_what_is_wrong_with_a_path(path: str, says: str) -> None:
    assert says in unknown_path(path, ANSWERED, known_paths())


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/cgi-bin/getuserphonenumber", "/wxa/business/getuserphonenumber"),
        ("/wxa/business/getuserphonenumbr", "/wxa/business/getuserphonenumber"),
        ("/cgi_bin/token", "/cgi-bin/token"),
        ("/cgi-bin/tokne", "/cgi-bin/token"),
        ("/cgi-bin/toke", "/cgi-bin/token"),
        ("/cgi-bin/tookne2", None),
        ("/wxa/business/getuserriskrank", None),
        ("/wxa/business/getuserencryptkey", None),
        ("/cgi-bin/ticket/getticket", None),
        ("/cgi-bin/tokens/list", None),
        ("/sns/" + "x" * 5000, None),
    ],
)
def test_no_neighbour_is_named_that_differs_by_more_than_a_third(
    path: str, near: str | None
) -> None:
    assert nearest_path(path, ANSWERED) == near


def test_a_pattern_takes_any_path_below() -> None:
    pattern = glob("/cgi-bin/message/*")
    assert pattern.fullmatch("/cgi-bin/message/custom/send")
    assert not pattern.fullmatch("/cgi-bin/menu/create")
    assert not glob("/wxa/a.b").fullmatch("/wxa/aXb")
